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
from typing import Iterable, Iterator, NamedTuple  # noqa: UP035 (Python 3.7 reads this)

PYTHON = (3, 11)
OCAML_VERSIONS = ("4.13", "4.14", "5.1", "5.2", "5.3", "5.4")
# Releases of distributions and the OCaml they have. A release is listed with its OCaml carried.
DISTRIBUTIONS = {
    "Debian 12": "4.13",
    "Debian 13": "5.3",
    "Ubuntu 24.04": "4.14",
    "Ubuntu 26.04": "5.4",
}
# Variables of `ocamlopt -config` that are true in compilers whose code is laid out otherwise than
# the library OS and the passes over the linked image know it.
_VARIANTS = {
    "flambda": "flambda",
    "with_frame_pointers": "frame pointers",
    "tsan": "the thread sanitizer",
}
_APT_PACKAGES = Path(__file__).with_name("apt_packages.txt")
_ANSWER_TIME_LIMIT_S = 20


class Fault(NamedTuple):
    """A requirement that is not met, and what to do about it."""

    what: str
    hint: str


def apt_package(program: str) -> str:
    """Return the package of Debian or Ubuntu with this program; its own name if none is listed."""
    for _, package, programs in _listed_packages():
        if program in programs:
            return package
    return program


def apt_packages(*groups: str) -> list[str]:
    """Return the packages of these groups of the list: build, libraries, machines, ..."""
    return [package for group, package, _ in _listed_packages() if group in groups]


def _listed_packages() -> Iterator[tuple[str, str, list[str]]]:
    """Give each package with its group and its programs."""
    group = ""
    for line in _APT_PACKAGES.read_text(encoding="utf-8").splitlines():
        words = line.partition("#")[0].split()
        if words and words[0].startswith("["):
            group = words[0].strip("[]")
        elif words:
            yield group, words[0], words[1:]


def python_fault() -> Fault | None:
    """Return what is wrong with this Python."""
    if sys.version_info[:2] >= PYTHON:
        return None
    return Fault(
        f"Python {'.'.join(map(str, PYTHON))} or newer is needed; {sys.executable} is "
        f"{platform.python_version()}.",
        f"{_listed(DISTRIBUTIONS, 'and')} have it: apt-get install python3",
    )


def host_fault() -> Fault | None:
    """Return what is wrong with the system and its processor."""
    system, processor = platform.system(), platform.machine()
    if (system, processor) == ("Linux", "x86_64"):
        return None
    return Fault(
        f"Unikernels are built and booted by Linux on x86_64; this is {system} on {processor}.",
        f"A virtual machine with {next(iter(DISTRIBUTIONS))} on such a processor will do.",
    )


def ocaml_fault(program: str, version: str) -> Fault | None:
    """Return what is wrong with an OCaml compiler that says this of its version."""
    return _version_fault(f"{program} is OCaml", version)


def _version_fault(subject: str, version: str) -> Fault | None:
    """Judge an upstream version: 5.3.0, 4.14.2+dev, 5.3.0+flambda, 5.5.0~alpha1."""
    known = f"unikernels are built with {_listed(OCAML_VERSIONS, 'or')}"
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    if not found:
        return _ocaml_refused(f"{subject} {version!r}, which is no version; {known}")
    series = (int(found[1]), int(found[2]))
    if series > max(tuple(map(int, known.split("."))) for known in OCAML_VERSIONS):
        return _ocaml_refused(f"{subject} {version}, which is newer than any known here; {known}")
    if ".".join(map(str, series)) not in OCAML_VERSIONS:
        return _ocaml_refused(f"{subject} {version}; {known}")
    # What leads to the first release of a series may differ from it; later ones do not.
    on_the_way = re.match(r"[+~](?:alpha|beta|rc|dev|trunk)", version[found.end() :])
    if on_the_way and found[3] in (None, "0"):
        return _ocaml_refused(f"{subject} {version}, which is not released; {known}")
    return None


def variant_fault(program: str, configuration: str) -> Fault | None:
    """Return what is wrong with how an OCaml compiler was configured; it says so for -config."""
    true = re.findall(r"^(\w+): true\b", configuration, re.MULTILINE)
    kinds = [kind for name, kind in _VARIANTS.items() if name in true]
    if not kinds:
        return None
    return _ocaml_refused(
        f"{program} is an OCaml with {_listed(kinds, 'and')}, which lays code out in its own way; "
        f"unikernels are built with {_listed(OCAML_VERSIONS, 'or')} as configured by default"
    )


def _ocaml_refused(what: str) -> Fault:
    return Fault(
        f"{what}.",
        f"{_listed(DISTRIBUTIONS, 'and')} have one of these. One of your own comes first on PATH, "
        "or in the environment variable OCAMLOPT. Programs in C (--lang c) need none.",
    )


def _listed(words: Iterable[str], last: str) -> str:
    """Return words as a sentence has them: a, b or c."""
    *others, end = words
    return f"{', '.join(others)} {last} {end}" if others else end


# ---- asked before there is anything but a Python


def _ocaml_here() -> Fault | None:
    """Return what is wrong with the OCaml of this machine, or with the one that apt has for it."""
    program = shutil.which(os.environ.get("OCAMLOPT", "ocamlopt"))
    if program:
        version = _answer(program, "-version").strip()
        if not version:
            return None  # `build` says why it fails
        return ocaml_fault(program, version) or variant_fault(program, _answer(program, "-config"))
    policy = _answer("apt-cache", "policy", apt_package("ocamlopt"))
    # An epoch and Debian's revision are not OCaml's.
    candidate = re.search(r"^ *Candidate: (?:\d+:)?(\d[^\s-]*)", policy, re.MULTILINE)
    if not candidate:
        return None  # apt knows nothing yet, or has none
    return _version_fault("The OCaml that apt would install is", candidate[1])


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
