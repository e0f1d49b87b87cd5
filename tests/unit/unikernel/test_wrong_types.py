"""Values of a wrong type, given from Python: each is refused by its name."""

import asyncio
import inspect
from ipaddress import IPv4Interface, IPv6Address
from pathlib import Path

import pytest

import unikernel as uk
from unikernel import images, programs
from unikernel.errors import UsageError
from unikernel.model.calls.key_words import words_of
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
        ({"source": "unikernel.ml"}, r"'unikernel.ml' is the name of .*\nPath\('unikernel.ml'\)"),
        ({"source": "/etc"}, r"'/etc' is the name of a file or folder"),
    ],
)
def test_of_a_build(choices, message):
    with pytest.raises(BadRequest, match=message):
        programs.request(**{"source": "let () = ()", "name": "x"} | choices)


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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: uk.build("", naem="x"), "build has no argument 'naem'.\nDid you mean 'name'"),
        (lambda: uk.build("", "x"), "too many positional arguments"),
        (lambda: uk.build(""), "missing a required argument: 'name'"),
        (lambda: uk.configure("", key={}), "configure has no argument 'key'.\nDid you mean 'keys'"),
        (lambda: uk.boot("x", memory=64), "boot has no argument 'memory'.\nDid you mean 'memory_m"),
        (lambda: uk.boot("x", portz=1), "Did you mean 'ports'"),
        (lambda: uk.machines.detach("x", net={}), "Did you mean 'nets'"),
        (lambda: uk.measure.boot("x", repeats=2), "Did you mean 'repeat'"),
        (lambda: uk.machine("x", y=1), "machine has no argument 'y'.\nThere are: name"),
        (
            lambda: uk.network.user(port=["1:2"]),
            "User has no argument 'port'.\nDid you mean 'ports'",
        ),
        (lambda: uk.Spec(memory=1), "Spec has no argument 'memory'"),
        (lambda: uk.Machine.wait(None, timeout=1), "wait has no argument 'timeout'"),
        (lambda: asyncio.run(uk.Machine.wait_async(None, timeout=1)), "wait_async has no argument"),
    ],
)
def test_arguments_that_are_none(call, message):
    with pytest.raises(UsageError, match=message):
        call()


def test_what_is_checked_looks_as_it_is():
    assert list(inspect.signature(uk.build).parameters)[:2] == ["source", "name"]
    assert list(inspect.signature(uk.Spec).parameters)[:2] == ["memory_mib", "machine"]
    assert inspect.iscoroutinefunction(uk.Machine.wait_async)
    assert "Build `source`" in uk.build.__doc__


KEYS = {
    "dhcp": True,
    "--loud": False,
    "g": True,
    "c": -3,
    "ratio": 0.5,
    "sizes": [1, 2],
    "none": [],
    "gateway": None,
    "ipv4": IPv4Interface("10.0.0.2/24"),
    "ips": (IPv6Address("fd00::2"), "fd00::3"),
    "kv_ro": "crunch",
    "data": Path("a b/c"),
}
WORDS = (
    *("--dhcp=true", "--loud=false", "-g=true", "-c=-3", "--ratio=0.5", "--sizes=1,2", "--none="),
    *("--ipv4=10.0.0.2/24", "--ips=fd00::2,fd00::3", "--kv_ro=crunch", "--data=a b/c"),
)


def test_keys_are_words():
    assert words_of(KEYS) == WORDS
    assert words_of(["--dhcp", "true"]) == ("--dhcp", "true")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("--dhcp", r"keys=\['--dhcp'\]"),
        ({1: 2}, "keys is a mapping from names"),
        ({"": 1}, "'' names no key"),
        ({"--": 1}, "'--' names no key"),
        ({"a=b": 1}, "'a=b' names no key"),
        ({"a": object}, r"keys\['a'\] is a text, a number, True or False, an address"),
        ({"a": b"x"}, "not b'x'"),
        ({"a": {"b": 1}}, "not {'b': 1}"),
        ({"a": [["b"]]}, r"not \['b'\]"),
        ({"a": ["b,c"]}, "'b,c' cannot be in a list"),
    ],
)
def test_what_is_no_key(keys, message):
    with pytest.raises(BadRequest, match=message):
        words_of(keys)


def test_of_an_image():
    with pytest.raises(BadRequest, match="image is a text, not None"):
        images.by_name(lambda image: image)(None)


def test_lists_of_any_kind_are_lists():
    config = programs.request("let () = ()", name="x", packages=iter(["lwt"]), nets=("a", "b"))
    assert config.packages == ("lwt",)
    assert [device.name for device in config.devices] == ["a", "b"]
    assert Spec(arguments=["--a"]).arguments == ("--a",)
