import pytest

from unikernel_toolchain.configuration import left_files
from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.model.configuration import Configured, PackageBound
from unikernel_toolchain.model.device import Device

CONFIGURED = Configured(
    name="hello",
    target="virtio",
    mains=("Unikernel.Main",),
    packages=(PackageBound("lwt", ("lwt",), ("5.0",), ("6.0",)),),
    devices=(Device("net", "service"),),
    data=(),
    main="let () = ()\n",
    key_gen="let x () = 1\n",
    info_modules={},
    keys=(),
    nodes=(),
    root=0,
    dot="digraph {}",
)
WORDS = ("configure", "-t", "virtio", "--greeting=two\nlines \\ and more")


def test_what_configure_leaves_can_be_read_and_removed(tmp_path):
    (tmp_path / "config.ml").write_text("open Mirage")
    left_files.leave(CONFIGURED, tmp_path, WORDS)
    assert (tmp_path / "main.ml").read_text().endswith("let () = ()\n")
    assert (tmp_path / "_build/packages").read_text() == "lwt (>= 5.0, < 6.0)\n"
    assert '"name": "service"' in (tmp_path / "_build/manifest.json").read_text()
    assert left_files.words_in(tmp_path) == WORDS
    (tmp_path / "hello.virtio").write_bytes(b"image")
    left_files.leave(CONFIGURED, tmp_path, WORDS)  # over what it left itself
    assert "hello.virtio" in left_files.remove(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["config.ml"]
    assert left_files.words_in(tmp_path) is None


@pytest.mark.parametrize("name", ["main.ml", "key_gen.ml", "Makefile"])
def test_a_file_of_the_applications_own_is_not_written_over(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(BadRequest, match="the application's own"):
        left_files.leave(CONFIGURED, tmp_path, WORDS)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert left_files.remove(tmp_path) == ()
    assert (tmp_path / name).read_text() == "mine"
