"""Finding the programs of a build."""

import pytest

from unikernel_toolchain.errors import ToolMissing
from unikernel_toolchain.tools import locate
from unikernel_toolchain.tools.run import run


def script(folder, name, text):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_environment_comes_first(tmp_path, monkeypatch):
    own = script(tmp_path, "my gcc", "echo 'my gcc 99'")
    monkeypatch.setenv("GCC", str(own))
    assert locate.require("gcc") == own
    assert locate.version("gcc") == "my gcc 99"


def test_a_wrong_override_is_named(monkeypatch):
    monkeypatch.setenv("OCAMLOPT", "/nowhere/ocamlopt")
    with pytest.raises(ToolMissing) as caught:
        locate.require("ocamlopt")
    assert "OCAMLOPT" in caught.value.what
    assert "/nowhere/ocamlopt" in caught.value.what


@pytest.mark.parametrize(
    ("program", "package"),
    [("gcc", "gcc"), ("ld", "binutils"), ("ocamlopt", "ocaml"), ("ocamlfind", "ocaml-findlib")],
)
def test_what_to_install_is_said(program, package, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing) as caught:
        locate.require(program)
    assert caught.value.hint == f"Install it: sudo apt-get install {package}"


def test_musl_of_ones_own(tmp_path, monkeypatch):
    (tmp_path / "include").mkdir()
    (tmp_path / "lib").mkdir()
    (tmp_path / "include/stdio.h").touch()
    (tmp_path / "lib/libc.a").touch()
    monkeypatch.setenv("MUSL", str(tmp_path))
    assert locate.musl().library == tmp_path / "lib/libc.a"


def test_missing_musl_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSL", str(tmp_path))
    with pytest.raises(ToolMissing) as caught:
        locate.musl()
    assert "musl-dev" in caught.value.hint


def test_headers_of_ones_own(tmp_path, monkeypatch):
    (tmp_path / "xen.h").touch()
    monkeypatch.setenv("XEN_HEADERS", str(tmp_path))
    assert locate.headers("xen") == tmp_path


def test_missing_headers_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("XEN_HEADERS", str(tmp_path))
    with pytest.raises(ToolMissing, match="Xen's public headers are not installed") as caught:
        locate.headers("xen")
    assert caught.value.hint == "Install it: sudo apt-get install libxen-dev"


def test_a_program_that_fails_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("GCC", str(script(tmp_path, "gcc", "echo broken >&2; exit 1")))
    with pytest.raises(ToolMissing, match="does not work") as caught:
        locate.version("gcc")
    assert "broken" in caught.value.detail


def test_another_ocaml_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("OCAMLOPT", str(script(tmp_path, "ocamlopt", "echo 5.0.0")))
    with pytest.raises(ToolMissing, match=r"is OCaml 5\.0\.0; unikernels are built with 4\.13, "):
        locate.locate()


def test_a_path_that_is_set_is_passed_on_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(script(tmp_path, "gcc", "").parent))
    assert locate.require("gcc") == tmp_path / "gcc"
    assert run(["/bin/sh", "-c", 'echo "$PATH"']).stdout == f"{tmp_path}\n"
