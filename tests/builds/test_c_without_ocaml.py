"""Programs in C build where there is no OCaml, or one that unikernels are not built with."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from unikernel.frontends import doctor
from unikernel.frontends.doctor import Status
from unikernel_toolchain import TARGETS, Config, build
from unikernel_toolchain.errors import BadRequest, ToolMissing

HELLO = '#include <stdio.h>\nint main(void) { puts("in C"); return 0; }\n'
OCAML = ("ocamlopt", "ocamldep", "ocamlfind")


def say_version(folder, version):
    program = folder / "ocamlopt"
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(0o755)
    return str(program)


@pytest.fixture(params=["none", "9.9.0", "5.0.0", "4.12.1"])
def ocaml(request, tmp_path, monkeypatch):
    """No OCaml, or one of this version."""
    for name in OCAML:
        monkeypatch.setenv(name.upper(), str(tmp_path / "nowhere"))
    if request.param != "none":
        monkeypatch.setenv("OCAMLOPT", say_version(tmp_path, request.param))
    return request.param


@pytest.mark.parametrize("target", TARGETS)
def test_a_program_in_c_builds(ocaml, target):
    config = Config("c", {"cell.c": HELLO}, language="c", target=target)
    assert build(config, fresh=True).path.is_file()


def test_what_is_built_is_the_same_whatever_ocaml_there_is(tmp_path, monkeypatch):
    config = Config("c", {"cell.c": HELLO}, language="c")
    first = build(config)
    monkeypatch.setenv("OCAMLOPT", say_version(tmp_path, "9.9.0"))
    again = build(config)
    assert (again.path, again.cached) == (first.path, True)


def test_ocaml_is_refused_in_the_same_place(ocaml):
    with pytest.raises(ToolMissing) as caught:
        build(Config("ml", {"cell.ml": "let () = ()"}))
    assert ocaml == "none" or f"is OCaml {ocaml}" in caught.value.what


def test_doctor_says_both(ocaml):
    found = {one.item: one for one in doctor.examine().findings}
    assert found["ocamlopt"].status is Status.FAIL
    assert found["programs in C"].status is Status.OK
    assert "can be built" in found["programs in C"].fact


def test_the_command_builds_c(ocaml, tmp_path):
    (tmp_path / "hello.c").write_text(HELLO)
    program = Path(sys.executable).with_name("unikernel")
    command = (program, "build", "--lang", "c", "hello", "hello.c")
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_a_package_is_no_part_of_a_program_in_c():
    with pytest.raises(BadRequest, match="lwt a package of OCaml's"):
        build(Config("c", {"cell.c": HELLO}, language="c", packages=("lwt",)))
