from dataclasses import replace

import pytest

from unikernel_toolchain.configuration import left_files, told
from unikernel_toolchain.configuration.told import Told
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
TOLD = Told(target="virtio", words=("--greeting=two\nlines \\ and more",))


def test_what_configure_leaves_can_be_read_and_removed(tmp_path):
    (tmp_path / "config.ml").write_text("open Mirage")
    left_files.leave(CONFIGURED, tmp_path, TOLD)
    assert (tmp_path / "main.ml").read_text().endswith("let () = ()\n")
    assert (tmp_path / "_build/packages").read_text() == "lwt (>= 5.0, < 6.0)\n"
    assert '"name": "service"' in (tmp_path / "_build/manifest.json").read_text()
    assert told.read(tmp_path) == TOLD
    (tmp_path / "hello.virtio").write_bytes(b"\x7fELF")
    (tmp_path / "hello").write_bytes(b"\x7fELF")  # of another target, built before
    left_files.leave(CONFIGURED, tmp_path, TOLD)  # over what it left itself
    assert {"hello", "hello.virtio"} <= set(left_files.remove(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["config.ml"]
    assert told.read(tmp_path) is None


@pytest.mark.parametrize("name", ["main.ml", "key_gen.ml"])
def test_a_file_of_the_applications_own_is_not_written_over(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(BadRequest, match="the application's own"):
        left_files.leave(CONFIGURED, tmp_path, TOLD)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert left_files.remove(tmp_path) == ()
    assert (tmp_path / name).read_text() == "mine"


def test_a_makefile_of_the_applications_own_stays(tmp_path):
    (tmp_path / "Makefile").write_text("all: mine\n")
    left_files.leave(CONFIGURED, tmp_path, TOLD)
    left_files.remove(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["Makefile"]
    assert (tmp_path / "Makefile").read_text() == "all: mine\n"


def test_the_main_module_has_the_name_that_was_asked_for_last(tmp_path):
    (tmp_path / "main.ml").write_text("mine")
    for name in ("server", "other"):
        left_files.leave(CONFIGURED, tmp_path, replace(TOLD, main=name))
        assert "let () = ()" in (tmp_path / f"{name}.ml").read_text()
    assert not (tmp_path / "server.ml").exists()
    left_files.remove(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["main.ml"]


def test_what_is_no_program_is_not_removed_for_its_name(tmp_path):
    left_files.leave(CONFIGURED, tmp_path, TOLD)
    (tmp_path / "hello").write_text("notes")
    left_files.remove(tmp_path)
    assert (tmp_path / "hello").read_text() == "notes"
