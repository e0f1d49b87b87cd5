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
    monkeypatch.setenv("OCAMLOPT", script(folder, "ocamlopt", "echo 5.0.0"))


def flambda(folder, monkeypatch):
    answers = 'case $1 in -version) echo 4.14.1 ;; *) echo "flambda: true" ;; esac'
    monkeypatch.setenv("OCAMLOPT", script(folder, "ocamlopt", answers))


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


RELEASES = ["4.13.1", "4.14.2", "4.14.2+dev", "4.14.0+flambda", "4.14", "5.3.0", "5.3.0+flambda"]
NEWER = "which is newer than any known here; "
ON_THE_WAY = "which is not released; "


@pytest.mark.parametrize("version", RELEASES)
def test_a_version_that_will_do(version):
    assert requirements.ocaml_fault("ocamlopt", version) is None


@pytest.mark.parametrize(
    ("version", "judgement"),
    [
        *((version, "") for version in ("3.12.1", "4.12.1", "4.130.0", "5.0.0", "5.0.0~rc1")),
        *(
            (version, NEWER)
            for version in ("9.9.0", "9.9.0~alpha1", "10.0", "9.9.1+dev2-2026-01-01")
        ),
        *((version, ON_THE_WAY) for version in ("4.14.0~beta1", "4.14.0+dev0", "4.13~rc1")),
    ],
)
def test_a_version_that_will_not_do_is_said_in_one_sentence(version, judgement):
    fault = requirements.ocaml_fault("ocamlopt", version)
    before, _, wanted = fault.what.partition("unikernels are built with ")
    assert before == f"ocamlopt is OCaml {version}{', ' if judgement else '; '}{judgement}"
    assert wanted.startswith("4.13, 4.14")
    assert "--lang c" in fault.hint


def test_what_is_no_version_is_told():
    assert "'nonsense', which is no version" in requirements.ocaml_fault("it", "nonsense").what


@pytest.mark.parametrize("compiler", ["flambda: true", "architecture: amd64\ntsan: true\n"])
def test_a_compiler_with_code_of_another_layout_is_refused(compiler):
    assert "lays code out in its own way" in requirements.variant_fault("it", compiler).what


def test_a_compiler_as_distributions_have_it_will_do():
    told = "flambda: false\nwith_frame_pointers: false\nnaked_pointers: true\n"
    assert requirements.variant_fault("it", told) is None


def test_what_is_said_names_what_there_is_and_what_is_wanted(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert "this is Linux on aarch64" in requirements.host_fault().what
    old_python(None, monkeypatch)
    assert "Python 3.11 or newer is needed" in requirements.python_fault().what


def test_old_pythons_can_read_it():
    text = Path(requirements.__file__).read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 7))
