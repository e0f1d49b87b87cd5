"""Programs of one OCaml file each that are compiled for this machine, with packages of libos.

A program's first line names the packages it needs: (* packages: tcpip.ipv4 virtual-network *). It
prints what it checked and exits with 0. STACK_SEED and the like reach it through the environment.
"""

import os
import re
from pathlib import Path

from support import ROOT, TESTS
from support.ocaml.packages import Packages

PROTOCOLS = TESTS / "libos/protocols"
MODELS = TESTS / "libos/models"
ORIGINS = (ROOT / "toolchain/unikernel_toolchain/libos/packages", TESTS / "libos/packages")
TIME_LIMIT_S = int(os.environ.get("STACK_TIME_LIMIT_S", "900"))


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.ml"))


def built(source: Path) -> Path:
    """Return the executable of a program, compiled unless it is there."""
    packages = Packages(ORIGINS, Path(os.environ["UNIKERNEL_CACHE"]) / "host-programs")
    return packages.program(source, needed_packages(source))


def needed_packages(source: Path) -> tuple[str, ...]:
    with source.open(encoding="utf-8") as lines:
        first = lines.readline()
    named = re.match(r"\(\* packages: (.+) \*\)", first)
    assert named, f"{source.name}: its first line must be (* packages: … *)"
    return tuple(named[1].split())
