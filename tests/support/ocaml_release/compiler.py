"""The parts of an OCaml release that builds of unikernels use, and no others."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from support.ocaml_release.sources import fetch
from unikernel_toolchain.tools.run import output_of, run

LIMIT_S = 1800  # for a step, on one slow processor
WITHOUT = (
    *("--disable-debug-runtime", "--disable-instrumented-runtime", "--disable-debugger"),
    *("--disable-ocamldoc", "--disable-ocamltest", "--disable-stdlib-manpages"),
    *("--disable-systhreads", "--disable-unix-lib", "--disable-str-lib", "--disable-bigarray-lib"),
    *("--disable-shared", "--disable-dependency-generation"),
)
# Ubuntu's, for the runtime: some of them change which functions of libc it calls.
C_FLAGS = (
    "-O2 -g -fstack-protector-strong -fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=3"
)
GOALS = ("coldstart", "ocamlc", "opt-core", "ocamlopt.opt")
# What ocamlcommon.cmxa is made of.
COMMON = ("utils", "parsing", "typing", "lambda", "bytecomp", "driver", "file_formats")
# The tree may be moved: the compiler is told where its library is.
OCAMLOPT = """#!/bin/sh
root=$(cd "$(dirname "$0")/.." && pwd)
OCAMLLIB=$root/lib exec "$root/bin/ocamlopt.opt" "$@"
"""


def release(package: str, place: Path) -> Path:
    """Return the folder of the programs of this release, built into `place` unless it is there.

    Raises sources.Unavailable when the sources cannot be had, AssertionError when they do not
    build.
    """
    if not works(place):
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(prefix="ocaml-") as build,
            tempfile.TemporaryDirectory(dir=place.parent, prefix="ocaml-new-") as draft,
        ):
            tree = fetch(package, Path(build))
            make(tree)
            install(tree, Path(draft) / "ocaml")
            (Path(draft) / "ocaml").rename(place)
    return place / "bin"


def works(place: Path) -> bool:
    """Say whether what an earlier run left there still runs here."""
    programs = [place / "bin" / name for name in ("ocamlopt", "ocamldep")]
    if not all(program.is_file() for program in programs):
        return False
    return all(run((program, "-version"), time_limit_s=60).returncode == 0 for program in programs)


def make(tree: Path) -> None:
    """Compile, as politely as this machine's other users may wish."""
    step(("./configure", "-q", *WITHOUT, f"CFLAGS={C_FLAGS}"), tree)
    jobs = f"-j{len(os.sched_getaffinity(0))}"
    for goal in GOALS:
        step(("make", "-s", jobs, goal), tree)


def install(tree: Path, place: Path) -> None:
    """Copy what was made as a distribution lays it out: bin/ and lib/."""
    programs, library = place / "bin", place / "lib"
    programs.mkdir(parents=True)
    copy(stdlib(tree), library)
    copy((tree / "runtime/caml").glob("*.[ht]*"), library / "caml")
    copy(compiler_library(tree), library / "compiler-libs")
    shutil.copy(tree / "ocamlopt.opt", programs)
    ocamlopt = programs / "ocamlopt"
    ocamlopt.write_text(OCAMLOPT)
    ocamlopt.chmod(0o755)
    common = ("-I", "+compiler-libs", "ocamlcommon.cmxa")
    interface = ("ocamldep.mli",) if (tree / "tools/ocamldep.mli").is_file() else ()  # OCaml 5's
    command = (str(ocamlopt), *common, *interface, "ocamldep.ml")
    step((*command, "-o", str(programs / "ocamldep")), tree / "tools")


def stdlib(tree: Path) -> Iterator[Path]:
    """Yield the files of the standard library and of its runtime."""
    for pattern in ("*.cmi", "*.cmx", "*.cmxa", "*.a", "std_exit.o"):
        yield from (tree / "stdlib").glob(pattern)


def compiler_library(tree: Path) -> Iterator[Path]:
    """Yield the files of ocamlcommon.cmxa."""
    yield from (tree / "compilerlibs").glob("ocamlcommon.*a")
    for folder in COMMON:
        yield from (tree / folder).glob("*.cm[ix]")


def copy(files: Iterator[Path], folder: Path) -> None:
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder)


def step(command: tuple[str, ...], folder: Path) -> None:
    """Run a program in `folder`; AssertionError, with the end of what it said, when it fails."""
    finished = run(("nice", *command), folder=folder, time_limit_s=LIMIT_S)
    assert not finished.returncode, f"{' '.join(command)}\n{output_of(finished)[-3000:]}"
