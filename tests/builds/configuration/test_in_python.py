"""uk.configure and uk.build: a config.ml by the name of its image, or a folder."""

from ipaddress import IPv4Address, IPv4Interface

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


TYPED = """open Mirage
let key name kind default =
  Key.create name (Key.Arg.opt ~stage:`Configure kind default (Key.Arg.info [ name ]))
let switch name option =
  Key.create name (Key.Arg.flag ~stage:`Configure (Key.Arg.info [ option ]))
let letter = Key.create "letter" Key.Arg.(opt ~stage:`Configure int 0 (info [ "n" ]))
let default_net = Ipaddr.V4.Prefix.of_string_exn "10.0.0.2/24"
let given = Key.[
  abstract (key "count" Arg.int 0); abstract (key "truth" Arg.bool false);
  abstract (key "sizes" Arg.(list int) [ 7 ]); abstract (key "at" Arg.(some ipv4_address) None);
  abstract (key "net" Arg.ipv4 default_net); abstract (switch "loud" "loud");
  abstract (switch "quiet" "q1"); abstract (switch "g2" "x"); abstract letter ]
let () = register ~keys:given "typed" [ foreign "Unikernel" job ]
"""


def test_keys_have_values_of_python():
    keys = {
        "count": -3,
        "truth": True,
        "sizes": [1, 2],
        "at": IPv4Address("10.0.0.1"),
        "net": IPv4Interface("10.7.0.2/16"),
        "loud": True,
        "q1": False,
        "x": True,
        "n": 5,
    }
    found = {key.name: key.value for key in uk.configure(TYPED, keys=keys).keys}
    assert found.items() >= {
        *(("count", "-3"), ("truth", "true"), ("sizes", "1,2"), ("at", "10.0.0.1")),
        *(("net", "10.7.0.2/16"), ("loud", "true"), ("quiet", "false"), ("g2", "true")),
        ("letter", "5"),
    }
    left_out = {"sizes": [], "loud": False, "at": None}
    found = {key.name: key.value for key in uk.configure(TYPED, keys=left_out).keys}
    assert found.items() >= {("sizes", ""), ("loud", "false"), ("at", "")}


def test_a_flag_that_is_no_truth_is_refused():
    with pytest.raises(BadRequest, match="'--loud' is a flag"):
        uk.configure(TYPED, keys={"loud": "maybe"})


def test_an_application_is_named_by_its_config_ml_too(tmp_path):
    (tmp_path / "config.ml").write_text(CONFIG)
    (tmp_path / "other.ml").write_text(CONFIG.replace('"said"', '"other"'))
    (tmp_path / "unikernel.ml").write_text(UNIKERNEL)
    assert uk.configure(tmp_path / "config.ml").name == "said"
    assert uk.configure(tmp_path / "other.ml").name == "other"
    uk.configure(tmp_path / "config.ml", name="said", keys={"word": "told-before"})
    assert b"told-before" in text_of(uk.build(tmp_path / "config.ml", name="said"))


def test_the_name_of_a_folder_is_no_config_ml(tmp_path):
    (tmp_path / "config.ml").write_text(CONFIG)
    with pytest.raises(BadRequest, match="is the name of a file or folder"):
        uk.configure(str(tmp_path))


def test_networks_are_named_in_config_ml():
    uk.configure(CONFIG, name="said")
    with pytest.raises(BadRequest, match=r"config\.ml names the devices"):
        uk.build(UNIKERNEL, name="said", nets=["management"])
