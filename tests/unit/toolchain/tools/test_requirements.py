"""What a machine must be and have."""

import ast
import platform
import sys
from pathlib import Path

import pytest

from unikernel.frontends import doctor
from unikernel.frontends.doctor import Status
from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import ToolMissing
from unikernel_toolchain.tools import requirements

HELLO = Config("hello", {"cell.ml": "let () = ()"})


def script(folder, name, text):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def other_ocaml(folder, monkeypatch):
    monkeypatch.setenv("OCAMLOPT", script(folder, "ocamlopt", "echo 5.3.0"))


def other_processor(folder, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")


def other_system(folder, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Darwin")


def old_python(folder, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 2, "final", 0))


def no_runtime(folder, monkeypatch):
    answers = 'case $1 in -where) echo "$0.library" ;; *) echo 4.14.1 ;; esac'
    monkeypatch.setenv("OCAMLOPT", script(folder, "ocamlopt", answers))


@pytest.mark.parametrize(
    "lack", [other_ocaml, other_processor, other_system, old_python, no_runtime]
)
def test_doctor_says_what_build_says(lack, tmp_path, monkeypatch):
    lack(tmp_path, monkeypatch)
    with pytest.raises(ToolMissing) as caught:
        build(HELLO)
    examination = doctor.examine()
    assert not examination.healthy
    failed = [one for one in examination.findings if one.status is Status.FAIL]
    assert (caught.value.what, caught.value.hint) in [(one.fact, one.hint) for one in failed]


def test_what_is_said_names_what_there_is_and_what_is_wanted(monkeypatch):
    assert requirements.ocaml_fault("ocamlopt", "4.14.2") is None
    assert "4.13 or 4.14" in requirements.ocaml_fault("ocamlopt", "4.140.0").what
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert "this is Linux on aarch64" in requirements.host_fault().what
    old_python(None, monkeypatch)
    assert "Python 3.11 or newer is needed" in requirements.python_fault().what


def test_old_pythons_can_read_it():
    text = Path(requirements.__file__).read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 7))
