"""The shared libraries that programs of an unpacked package load (ELF: DT_NEEDED)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

from unikernel.errors import PackageUnavailable
from unikernel_toolchain.binary import elf

_DT_NULL, _DT_NEEDED = 0, 1
_ENTRY = struct.Struct("<QQ")  # Elf64_Dyn


def needed(program: bytes, what: str) -> list[str]:
    """Return the names of the libraries that a program or library asks for."""
    file = elf.parse(program, what)
    dynamic, names = file.section(".dynamic"), file.section(".dynstr")
    if not dynamic or not names:
        return []
    text = bytes(file.content(names))
    found = []
    for tag, value in _ENTRY.iter_unpack(file.content(dynamic)):
        if tag == _DT_NULL:
            break
        if tag == _DT_NEEDED:
            found.append(elf.text_at(text, value))
    return found


def closure(tree: Path, programs: Iterable[Path], also: Iterable[str] = ()) -> dict[str, bytes]:
    """Return the libraries of programs, and those of the libraries, by their names.

    `also` are opened by name only when something is done (dlopen). Raises PackageUnavailable when
    the tree lacks one.
    """
    files = {path.name: path for path in tree.rglob("*.so*") if path.is_file()}
    found: dict[str, bytes] = {}

    def take(name: str) -> None:
        if name in found:
            return
        if name not in files:
            raise PackageUnavailable(f"No package that was fetched has the library {name}.")
        found[name] = files[name].read_bytes()
        for other in needed(found[name], name):
            take(other)

    for program in programs:
        for name in needed(program.read_bytes(), program.name):
            take(name)
    for name in also:
        take(name)
    return found
