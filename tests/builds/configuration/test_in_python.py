"""uk.configure and uk.build: a config.ml by the name of its image, or a folder."""

import pytest

import unikernel as uk
from unikernel import applications
from unikernel_toolchain.errors import BadRequest

CONFIG = """open Mirage
let word = Key.(create "word" Arg.(opt string "none" (info [ "word" ])))
let main = foreign ~keys:[ Key.abstract word ] "Unikernel" job
let () = register "said" [ main ]
"""
UNIKERNEL = "let start = print_endline (Key_gen.word ()); Lwt.return_unit\n"


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch):
    monkeypatch.setattr(applications, "_applications", {})


def text_of(image):
    return image.debug_path.read_bytes()


def test_a_text_is_the_module_that_was_configured_by_its_name():
    configured = uk.configure(CONFIG, name="said", keys={"word": "told-before"}, target="unix")
    assert configured.mains == ("Unikernel",)
    image = uk.build(UNIKERNEL, name="said")
    assert image.target == "unix"
    assert b"told-before" in text_of(image)


def test_a_folder_is_built_as_it_was_configured_by_its_name(tmp_path):
    (tmp_path / "config.ml").write_text(CONFIG)
    (tmp_path / "unikernel.ml").write_text(UNIKERNEL)
    uk.configure(tmp_path, name="said", keys=["--word", "told-before"])
    assert b"told-before" in text_of(uk.build(tmp_path, name="said"))
    assert b"told-before" not in text_of(uk.build(tmp_path, name="another"))
    assert {path.name for path in tmp_path.iterdir()} == {"config.ml", "unikernel.ml"}


def test_networks_are_named_in_config_ml():
    uk.configure(CONFIG, name="said")
    with pytest.raises(BadRequest, match=r"config\.ml names the devices"):
        uk.build(UNIKERNEL, name="said", nets=["management"])
