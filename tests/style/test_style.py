"""Style and types as tests. `./lab check` runs this file: CHECKS is the only table of checks."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, zip_longest
from pathlib import Path

import pytest
from support import ROOT

from unikernel_toolchain import targets
from unikernel_toolchain.library_os import c_archives, library_os
from unikernel_toolchain.tools import locate

FOLDERS = ("toolchain", "kernel_ext", "tests", "bench")
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
TIME_LIMIT_S = 300


def sources(pattern):
    """Return the files of the project with such a name, relative to its root."""
    found = chain.from_iterable((ROOT / folder).rglob(pattern) for folder in FOLDERS)
    return sorted(str(path.relative_to(ROOT)) for path in found)


def completed(command):
    """Run a command in the project's root. Skips where it is missing."""
    program = shutil.which(command[0], path=PATH)
    if not program:
        pytest.skip(f"{command[0]} is not installed: ./lab check installs it")
    return subprocess.run(
        [program, *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=TIME_LIMIT_S
    )


def output_of_failed(command):
    """Return what a command complains of, "" when it is content."""
    done = completed(command)
    output = (done.stdout + done.stderr).strip()
    return output or f"{command[0]} ended with status {done.returncode}" if done.returncode else ""


def all_output_of_failed(check, checked):
    """Check each beside the others; return what they print."""
    with ThreadPoolExecutor(os.cpu_count()) as several:
        return "\n".join(filter(None, several.map(check, checked)))


def analysis():
    """Have gcc follow the paths through the library OS's C: every file, flagged as it is built.

    It looks for what warnings cannot see: leaks, uses after free, NULL, reads of what was never
    written.
    """
    found, flags = locate.locate(), {}
    for target in map(targets.load, targets.TARGETS):
        stubs = c_archives.hosted(target, found.c, library_os.SOURCES) + c_archives.with_ocaml(
            found
        )
        flags |= dict.fromkeys((library_os.SOURCES / "packages").rglob("*.c"), stubs)
        runtime = c_archives.runtime_archive(target, found, library_os.SOURCES)
        for archive in (*c_archives.base_archives(target, found.c, library_os.SOURCES), runtime):
            flags |= dict.fromkeys(archive.sources, archive.flags)
    files = [path for path in sorted(flags) if path.suffix == ".c"]
    end = ("-fanalyzer", "-Werror", "-S", "-o", "/dev/null")
    commands = [(str(found.c.gcc), *flags[path], *end, str(path)) for path in files]
    return all_output_of_failed(output_of_failed, commands)


def indentation():
    """Have ocp-indent, as .ocp-indent says, indent every OCaml file, and compare."""
    return all_output_of_failed(indented_otherwise, chain(sources("*.ml"), sources("*.mli")))


def indented_otherwise(path):
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    pairs = zip_longest(lines, completed(("ocp-indent", path)).stdout.splitlines())
    wrong = [number for number, (line, indented) in enumerate(pairs, 1) if line != indented]
    return f"{path}:{wrong[0]}: ocp-indent --inplace {path}" if wrong else ""


SHELL_SCRIPTS = ("lab", ".ci/run", "binder/postBuild", *sources("*.sh"))
ASH_AS_DASH = ("--exclude=SC2187",)  # says that busybox's shell is taken for dash
CHECKS = {
    "ruff check": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "mypy": ("mypy",),
    "import-linter": ("lint-imports", "--no-cache"),
    "clang-format": ("clang-format", "--dry-run", "-Werror", *sources("*.[ch]")),
    "gcc -fanalyzer": analysis,
    "ocp-indent": indentation,
    "shellcheck": ("shellcheck", *ASH_AS_DASH, *SHELL_SCRIPTS),
    "codespell": ("codespell",),
}


@pytest.mark.parametrize("check", CHECKS)
def test_style(check):
    how = CHECKS[check]
    if found := how() if callable(how) else output_of_failed(how):
        pytest.fail(found, pytrace=False)
