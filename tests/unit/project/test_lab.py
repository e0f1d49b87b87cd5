"""./lab, before it installs anything."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

TOOLS_FOLDER = "toolchain/unikernel_toolchain/tools"
REQUIREMENTS = f"{TOOLS_FOLDER}/requirements.py"
TOOLS = (
    *("cat", "dirname", "env", "find", "fold", "grep", "id", "mkdir", "sed", "sh", "sha256sum"),
    *("sort", "tail", "touch"),
)
PYTHON = Path(sys.executable).resolve()
REFUSAL = "unikernels are built with 4.13, 4.14"
# What apt has: a version, and whether unikernels are built with it.
OF_DISTRIBUTIONS = {
    "Debian 11": ("4.11.1-4", False),
    "Debian 12": ("4.13.1-4", True),
    "Debian 13": ("5.3.0-3", True),
    "Debian testing": ("5.4.1-1", True),
    "Ubuntu 24.04": ("4.14.1-1ubuntu1", True),
    "Ubuntu 26.04": ("1:5.4.0-1ubuntu2", True),
    "of tomorrow": ("9.1.0-1", False),
    "on the way there": ("9.1.0~alpha1-1", False),
    "of yesterday": ("5.0.0-1", False),
    "of two digits": ("4.130.0-1", False),
}


@pytest.fixture
def lab(tmp_path):
    """A copy of ./lab on a machine that has a few programs, and the given ones besides."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in TOOLS:
        (programs / name).symlink_to(shutil.which(name))
    place = tmp_path / "tree" / TOOLS_FOLDER
    place.mkdir(parents=True)
    for name in ("requirements.py", "apt_packages.txt"):
        shutil.copy(ROOT / TOOLS_FOLDER / name, place)
    shutil.copy(ROOT / "lab", tmp_path / "tree")

    def run(word, **scripts):
        for name, text in {"python3": f'exec {PYTHON} "$@"', **scripts}.items():
            program = programs / name.replace("_", "-")
            program.unlink(missing_ok=True)  # a link to the real one
            program.write_text(f"#!/bin/sh\n{text}\n")
            program.chmod(0o755)
        return subprocess.run(
            ["sh", tmp_path / "tree/lab", *word.split()],
            env={"PATH": str(programs), "HOME": str(tmp_path), "DONE": str(tmp_path / "done")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


BARE = {  # a machine with apt, on which nothing is installed
    "dpkg_query": "exit 1",
    "sudo": '"$@"',
    "apt_get": 'echo "apt-get $*" >>"$DONE"; exit 1',
}


def policy(version):
    return f"printf 'ocaml:\\n  Installed: (none)\\n  Candidate: {version}\\n'"


@pytest.mark.parametrize("word", ["demo", "test"])
def test_another_ocaml_on_the_path_is_said_before_anything_is_installed(lab, word, tmp_path):
    done = lab(word, ocamlopt="echo 5.0.0", apt_cache=policy("4.13.1-4"), **BARE)
    assert done.returncode == 1
    assert f"{tmp_path}/bin/ocamlopt is OCaml 5.0.0; {REFUSAL}" in done.stderr
    assert not (tmp_path / "done").exists()


def test_an_ocaml_with_flambda_is_said_before_anything_is_installed(lab, tmp_path):
    answers = 'case $1 in -version) echo 4.14.1 ;; *) echo "flambda: true" ;; esac'
    done = lab("demo", ocamlopt=answers, **BARE)
    assert f"{tmp_path}/bin/ocamlopt is an OCaml with flambda" in done.stderr
    assert not (tmp_path / "done").exists()


@pytest.mark.parametrize("distribution", OF_DISTRIBUTIONS)
def test_what_apt_has_is_judged_before_anything_is_installed(lab, distribution, tmp_path):
    version, will_do = OF_DISTRIBUTIONS[distribution]
    done = lab("demo", apt_cache=policy(version), **BARE)
    if will_do:
        assert REFUSAL not in done.stderr
        assert "apt-get -q update" in (tmp_path / "done").read_text()
        return
    assert done.returncode == 1
    number = version.rpartition(":")[2].partition("-")[0]
    assert f"The OCaml that apt would install is {number}" in done.stderr
    assert REFUSAL in done.stderr
    assert not (tmp_path / "done").exists()


def test_what_apt_has_is_asked_again_once_apt_knows(lab, tmp_path):
    scripts = BARE | {
        "apt_get": 'echo "$*" >>"$DONE"',
        "apt_cache": f'[ -e "$DONE" ] || exit 0; {policy("5.0.0-3")}',
    }
    done = lab("demo", **scripts)
    assert done.returncode == 1
    assert REFUSAL in done.stderr
    assert (tmp_path / "done").read_text() == "-q update\n"


def test_where_apt_has_none_the_build_says_so(lab, tmp_path):
    done = lab("demo", apt_cache=policy("(none)"), **BARE)
    assert REFUSAL not in done.stderr
    assert "apt-get -q update" in (tmp_path / "done").read_text()


def test_units_need_python_alone(lab, tmp_path):
    no_environment = f'case "$*" in *venv*) exit 1 ;; esac; exec {PYTHON} "$@"'
    done = lab("test unit", python3=no_environment, ocamlopt="echo 5.0.0", **BARE)
    assert "lab: making .venv failed" in done.stderr
    assert not (tmp_path / "done").exists()


def test_an_old_python_is_said(lab, tmp_path):
    done = lab("demo", python3="echo SyntaxError >&2; exit 1", **BARE)
    assert done.returncode == 1
    assert "no Python here will do" in done.stderr
    assert not (tmp_path / "done").exists()


def test_a_compiler_that_does_not_answer_is_left_to_the_build(lab):
    done = lab("demo", ocamlopt="exit 1", apt_cache=policy("4.13.1-4"), **BARE)
    assert "lab: installing" in done.stderr


TROUBLE = {  # what a program that was run for us said, and what ./lab makes of it
    "E: You don't have enough free space in /var/cache/apt/archives/.": "the disk is full",
    "Temporary failure resolving 'deb.debian.org'": "no way to the network",
    "E: Could not get lock /var/lib/dpkg/lock-frontend.": "wait for it",
    "E: Unable to locate package ocaml-findlib": "add-apt-repository universe",
    "sudo: a password is required": "sudo does not let me",
    "SSL: CERTIFICATE_VERIFY_FAILED": "PIP_CERT",
    "segmentation fault": "run the same again",
}


@pytest.mark.parametrize("trouble", TROUBLE, ids=TROUBLE.values())
def test_what_a_step_that_fails_means_is_said(lab, trouble):
    scripts = BARE | {"apt_get": f'echo "{trouble}" >&2; exit 1'}
    done = lab("web", apt_cache=policy("4.13.1-4"), **scripts)
    assert done.returncode == 1
    assert trouble in done.stderr
    assert "reading apt's lists failed (all it said: .cache/lab.log)" in done.stderr
    assert TROUBLE[trouble] in done.stderr.rpartition("lab.log)")[2]


@pytest.mark.parametrize("words", ["web http", "web 0", "web 65536", "web 8080 8081", "web -p"])
def test_what_is_no_port_is_said_before_anything_is_installed(lab, words, tmp_path):
    done = lab(words, **BARE)
    assert done.returncode == 1
    assert done.stderr.endswith("1 to 65535: ./lab web 8080\n")
    assert not (tmp_path / "done").exists()


def test_sudo_asks_nobody_where_there_is_no_terminal(lab, tmp_path):
    scripts = BARE | {"sudo": f'echo "$*" >>{tmp_path}/asked; exit 1', "id": "echo 1000"}
    lab("web", apt_cache=policy("4.13.1-4"), **scripts)
    assert (tmp_path / "asked").read_text() == "-n apt-get -q update\n"


def test_a_virtual_environment_that_was_broken_off_is_made_again(lab, tmp_path):
    """Interrupted between its Python and its pip, it has the one and not the other."""
    broken = tmp_path / "tree/.venv/bin/python"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    no_environment = f'case "$*" in *venv*) exit 1 ;; esac; exec {PYTHON} "$@"'
    done = lab("test unit", python3=no_environment, **BARE)
    assert "lab: making .venv failed" in done.stderr


def test_lab_runs_without_options_of_python_that_find_other_files():
    """The toolchain's folder has files with names of the standard library's modules."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / REQUIREMENTS).rpartition("/")[0]}
    command = [PYTHON, "-I", ROOT / REQUIREMENTS, "python"]
    assert subprocess.run(command, env=environment, timeout=60).returncode == 0
