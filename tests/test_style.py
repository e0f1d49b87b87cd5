"""Style and types as tests: the tools of ./lab check."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
SHELL_SCRIPTS = ("lab", ".ci/run", "binder/postBuild", "tests/kvm_lab/init.sh")


def c_sources():
    folders = (ROOT / "toolchain", ROOT / "tests", ROOT / "bench")
    return [str(path) for folder in folders for path in sorted(folder.rglob("*.[ch]"))]


CHECKS = {
    "ruff check": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "mypy": ("mypy",),
    "clang-format": ("clang-format", "--dry-run", "-Werror", *c_sources()),
    "shellcheck": ("shellcheck", *SHELL_SCRIPTS),
}


@pytest.mark.parametrize("check", CHECKS)
def test_style(check):
    name, *arguments = CHECKS[check]
    program = shutil.which(name, path=PATH)
    if not program:
        pytest.skip(f"{name} is not installed")
    command = [program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
