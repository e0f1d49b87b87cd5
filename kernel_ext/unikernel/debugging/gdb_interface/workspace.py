"""What gdb reads of an image: its program with readable names, and its sources.

A cell exists nowhere as a file: its text is in the image's plan, under a line that says what it is
called and where its lines begin. It is written under that name with its lines where they are in the
cell, so that gdb shows line 4 as line 4.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from unikernel.errors import UnikernelError
from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.store.images import PLAN
from unikernel_toolchain.tools import locate

from . import names

_PROGRAM = "program.elf"
_SOURCES = "sources"
_NUMBERED = re.compile(r'#(?:line)? (\d+) "([^"\n]+)"\n')


@dataclass(frozen=True)
class Workspace:
    """A folder with an image's program and sources, for one gdb.

    `files` are the names of the sources as the debug information has them, cells first.
    """

    folder: Path
    files: tuple[str, ...]

    @property
    def program(self) -> Path:
        """The program, with readable names."""
        return self.folder / _PROGRAM

    @property
    def source_folders(self) -> tuple[Path, ...]:
        """Where gdb looks for sources: the application's, the library OS's, OCaml's."""
        return (self.folder / _SOURCES, SOURCES.parent, *_ocaml_folders())


def make(debug_path: Path, folder: Path) -> Workspace:
    """Write what gdb reads of an image, given its debug.elf, into `folder`.

    Raises ImageInvalid and UnikernelError.
    """
    with os_errors.raised_as("gdb's files cannot be written", UnikernelError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / _PROGRAM).write_bytes(names.with_readable_names(debug_path))
        written = _write_sources(_planned_files(debug_path.parent), folder / _SOURCES)
    return Workspace(folder, written)


def _planned_files(folder: Path) -> dict[str, str]:
    try:
        plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # without sources, gdb has names and addresses
    return dict(plan.get("files", {}))


def _write_sources(files: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    found = numbered(files)
    folder.mkdir(exist_ok=True)
    for name, text in found.items():
        relative = PurePath(name)
        if relative.is_absolute() or ".." in relative.parts:
            continue  # gdb finds the file itself
        place = folder / relative
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return tuple(sorted(found, key=lambda name: not name.startswith("cell ")))


def numbered(files: Mapping[str, str]) -> dict[str, str]:
    """Return the sources by the names compilers were told, each line at its number."""
    found = {}
    for text in files.values():
        if head := _NUMBERED.match(text):
            found[head[2]] = "\n" * (int(head[1]) - 1) + text[head.end() :] + "\n"
    return found


def _ocaml_folders() -> tuple[Path, ...]:
    """Return where the sources of OCaml's library are, and of the library OS's packages."""
    found = {path.parent for path in (SOURCES / "packages").rglob("*.ml")}
    ours = sorted(folder for folder in found if "since" not in folder.parts)
    with contextlib.suppress(ToolchainError):
        ours.append(locate.ocaml_library())
    return tuple(ours)
