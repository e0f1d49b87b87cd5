"""What a machine must be and have, before anything is installed on it.

`build` and `doctor` ask the functions. `./lab` runs this file, alone and with any Python 3:

    python3 -I requirements.py machine    whether all that is here, or that apt has, will do
    python3 -I requirements.py python     whether this Python will do

Exit status 1, and two lines on the standard error for each fault, when it will not. Words of
Python 3.7 only, nothing but the standard library, no module of ours.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

PYTHON = (3, 11)
OCAML_VERSIONS = ("4.13", "4.14", "5.1", "5.2", "5.3", "5.4")
_APT_PACKAGES = Path(__file__).with_name("apt_packages.txt")
_ANSWER_TIME_LIMIT_S = 20


class Fault(NamedTuple):
    """A requirement that is not met, and what to do about it."""

    what: str
    hint: str


def apt_package(program: str) -> str:
    """Return the package of Debian or Ubuntu with this program; its own name if none is listed."""
    for line in _APT_PACKAGES.read_text(encoding="utf-8").splitlines():
        package, *programs = line.partition("#")[0].split() or ("",)
        if program in programs:
            return package
    return program


def python_fault() -> Fault | None:
    """Return what is wrong with this Python."""
    if sys.version_info[:2] >= PYTHON:
        return None
    return Fault(
        f"Python {'.'.join(map(str, PYTHON))} or newer is needed; {sys.executable} is "
        f"{platform.python_version()}.",
        "Debian 12 and Ubuntu 24.04 have it: apt-get install python3",
    )


def host_fault() -> Fault | None:
    """Return what is wrong with the system and its processor."""
    system, processor = platform.system(), platform.machine()
    if (system, processor) == ("Linux", "x86_64"):
        return None
    return Fault(
        f"Unikernels are built and booted by Linux on x86_64; this is {system} on {processor}.",
        "A virtual machine with Debian 12 on such a processor will do.",
    )


def ocaml_fault(program: str, version: str) -> Fault | None:
    """Return what is wrong with an OCaml compiler that says this of its version."""
    if _is_carried(version):
        return None
    return Fault(
        f"{program} is OCaml {version}; unikernels are built with {' or '.join(OCAML_VERSIONS)}.",
        "Put one of these first on PATH, or name it in the environment variable OCAMLOPT.",
    )


def _is_carried(version: str) -> bool:
    return ".".join(version.split(".")[:2]) in OCAML_VERSIONS


# ---- asked before there is anything but a Python


def _ocaml_here() -> Fault | None:
    """Return what is wrong with the OCaml of this machine, or with the one that apt has for it."""
    program = shutil.which(os.environ.get("OCAMLOPT", "ocamlopt"))
    if program:
        version = _answer(program, "-version").strip()
        return ocaml_fault(program, version) if version else None  # `build` says why it fails
    policy = _answer(
        "apt-cache", "policy", apt_package("ocamlopt"), "ocaml"
    )  # where -nox is no more
    candidate = re.search(r"^ *Candidate: (?:\d+:)?(\d+\.\d+[.\d]*)", policy, re.MULTILINE)
    if not candidate or _is_carried(candidate[1]):
        return None
    return Fault(
        f"The OCaml that apt would install is {candidate[1]}; unikernels are built with "
        f"{' or '.join(OCAML_VERSIONS)}.",
        "Debian 12 and Ubuntu 24.04 have one of these. One of your own comes first on PATH, or "
        "in the environment variable OCAMLOPT.",
    )


def _answer(*command: str) -> str:
    """Return what a program says, "" when it cannot."""
    environment = dict(os.environ, LC_ALL="C")
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_ANSWER_TIME_LIMIT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def main(question: str) -> int:
    """Print the faults; 1 when there are any."""
    checks = [python_fault] if question == "python" else [host_fault, python_fault, _ocaml_here]
    faults = [fault for fault in (check() for check in checks) if fault]
    for fault in faults:
        print(f"{fault.what}\n  {fault.hint}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
