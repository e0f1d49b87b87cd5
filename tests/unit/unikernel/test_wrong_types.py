"""Values of a wrong type, given from Python: each is refused by its name."""

import pytest

from unikernel import api, images
from unikernel.model.spec import Spec
from unikernel_toolchain.errors import BadRequest


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"packages": "lwt"}, r"packages is a list of texts, not 'lwt'\.\npackages=\['lwt'\]"),
        ({"packages": [1]}, r"packages is a list of texts, not \(1,\)"),
        ({"packages": None}, "packages is a list of texts, not None"),
        ({"nets": "service"}, r"nets=\['service'\]"),
        ({"without_passes": "strip"}, r"without_passes=\['strip'\]"),
        ({"name": None}, "name is a text, not None"),
        ({"language": "rust"}, "No language 'rust'; there are: ocaml, c"),
        ({"first_line": "2"}, "first_line is a whole number, not '2'"),
        ({"source": None}, "A source is a program's text, a Path or a list of paths, not None"),
        ({"source": b"let () = ()"}, r"not b'let \(\) = \(\)'"),
        ({"source": [1]}, r"not \[1\]"),
    ],
)
def test_of_a_build(choices, message):
    with pytest.raises(BadRequest, match=message):
        api.request(**{"source": "let () = ()", "name": "x"} | choices)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"memory_mib": "64"}, "memory_mib is a whole number, not '64'"),
        ({"memory_mib": True}, "memory_mib is a whole number, not True"),
        ({"arguments": "--a --b"}, r"arguments=\['--a --b'\]"),
        ({"arguments": ["x" * 99, 1]}, r"not \('x{38}…"),
        ({"environment": "TZ=UTC"}, 'environment={"TZ": "UTC"}'),
        ({"environment": {"TZ": 1}}, r"environment\['TZ'\] is a text, not 1"),
        ({"environment": {1: "UTC"}}, "environment is a mapping from names"),
        ({"nets": ["service"]}, "nets is a mapping from names"),
        ({"captures": "x.pcap"}, "captures is a mapping from names"),
        ({"machine": 3}, "machine type is a text, not 3"),
    ],
)
def test_of_a_boot(choices, message):
    with pytest.raises(BadRequest, match=message):
        Spec(**choices)


def test_of_an_image():
    with pytest.raises(BadRequest, match="image is a text, not None"):
        images.by_name(lambda image: image)(None)


def test_lists_of_any_kind_are_lists():
    config = api.request("let () = ()", name="x", packages=iter(["lwt"]), nets=("a", "b"))
    assert config.packages == ("lwt",)
    assert [device.name for device in config.devices] == ["a", "b"]
    assert Spec(arguments=["--a"]).arguments == ("--a",)
