"""The program that answers questions about OCaml, built once per toolchain identity.

answers         reads compiled interfaces with the compiler's own library: language/answers
manifest.json   what all this must be, see store/integrity.py
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from unikernel_toolchain.library_os import ocaml
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.sources import since
from unikernel_toolchain.store import cache, integrity, shared
from unikernel_toolchain.store.source_digest import source_digest
from unikernel_toolchain.tools.locate import Toolchain, locate, version
from unikernel_toolchain.tools.run import Stop

_PLACES = (Path(__file__).parent / "answers", SOURCES / "configure/functoria")
_OF_FUNCTORIA = "functoria_json"  # how answers are written
_MAIN = "unikernel_answers.ml"
_ANSWERS = "answers"


@dataclass(frozen=True)
class Program:
    """Where it is; it exists once `ensure` has returned."""

    folder: Path
    tools: Toolchain

    @property
    def path(self) -> Path:
        """The program itself."""
        return self.folder / _ANSWERS

    def is_intact(self) -> bool:
        """Say whether it is there, as it was built."""
        return not integrity.damage(self.folder)


def expected() -> Program:
    """Return the program as it is, or will be, built here. Builds nothing.

    Raises ToolMissing when OCaml is not installed.
    """
    tools = locate()
    facts = [*tools.identity, source_digest(*_files(), Path(__file__), Path(ocaml.__file__))]
    identity = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    return Program(shared.libos_folder(identity, "language"), tools)


def ensure(program: Program, stop: Stop) -> None:
    """Build it unless it is there, and whole. One builder at a time; others wait.

    Raises ToolchainError, with the compiler's output, when it does not compile.
    """
    if program.is_intact():
        return
    cache.make_folder(cache.root())
    cache.check_runs_programs()
    with cache.locked(f"libos-{program.folder.parent.name}-{program.folder.name}"):
        if not program.is_intact():
            make = partial(_build, program, stop)
            integrity.renew(program.folder, "what answers questions about OCaml", make)


def _files() -> list[Path]:
    own, functoria = _PLACES
    return [*sorted(own.rglob("*.ml*")), *sorted(functoria.glob(f"{_OF_FUNCTORIA}.ml*"))]


def _build(program: Program, stop: Stop, folder: Path) -> None:
    work = folder / "work"
    work.mkdir()
    for file in since.holding(_files(), {"ocaml": version("ocamlopt")}):
        shutil.copy2(file, work)
    units = ocaml.sorted_units(work, program.tools, stop)
    # One unit, as the compiler's library has modules of everyday names.
    (work / _MAIN).write_text(ocaml.one_unit(work, units), encoding="utf-8")
    command: list[str | Path] = [program.tools.ocamlopt, "-g", *ocaml.WARNINGS]
    command += ["-I", "+compiler-libs", "ocamlcommon.cmxa", _MAIN, "-o", folder / _ANSWERS]
    ocaml.call(command, work, _ANSWERS, stop)
    shutil.rmtree(work)
