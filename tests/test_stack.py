"""The network stack's OCaml, compiled for this machine: protocols without a guest.

Each tests/stack/<name>.ml is one program. Its first line names the packages it needs:
(* packages: tcpip.ipv4 virtual-network *). It prints what it checked and exits with 0.
STACK_SEED and STACK_FUZZ (inputs per parser) reach it through the environment.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
from ocaml_packages import Packages

ROOT = Path(__file__).parents[1]
STACK = ROOT / "tests/stack"
ORIGINS = (ROOT / "toolchain/unikernel_toolchain/libos/packages", STACK)
TIME_LIMIT_S = int(os.environ.get("STACK_TIME_LIMIT_S", "900"))


@pytest.fixture(scope="session")
def packages():
    return Packages(ORIGINS, Path(os.environ["UNIKERNEL_CACHE"]) / "stack")


def needed_packages(source):
    with source.open(encoding="utf-8") as lines:
        first = lines.readline()
    named = re.match(r"\(\* packages: (.+) \*\)", first)
    assert named, f"{source.name}: its first line must be (* packages: … *)"
    return tuple(named[1].split())


@pytest.mark.parametrize("source", sorted(STACK.glob("*.ml")), ids=lambda path: path.stem)
def test_stack(source, packages):
    program = packages.program(source, needed_packages(source))
    done = subprocess.run([program], capture_output=True, text=True, timeout=TIME_LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
