"""Names of the platform that no C program can take over.

An application may bring any function of a C library, or use any word as a name: of two definitions
the linker takes the application's. So every global symbol NAME of the platform, unikernel_...
excepted, becomes unikernel.NAME, which is no identifier in C, and so does every reference to one
from the platform and from the layers right above it. What the platform offers to applications
besides, because compilers call it unasked, it defines as offered_NAME: that becomes a weak NAME.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from .elf import SHN_UNDEF, read

PREFIX = "unikernel."
_PUBLIC = "unikernel_"
_OFFERED = "offered_"


def renamed(objects: Iterable[Path]) -> dict[str, str]:
    """Return the new names of the platform's symbols, defined in these object files."""
    names = {
        symbol.name
        for path in objects
        for symbol in read(path).symbols
        if symbol.binding and symbol.section != SHN_UNDEF
    }
    return {name: _new_name(name) for name in sorted(names) if not name.startswith(_PUBLIC)}


def _new_name(name: str) -> str:
    return name.removeprefix(_OFFERED) if name.startswith(_OFFERED) else PREFIX + name


def seen_above(names: Mapping[str, str]) -> dict[str, str]:
    """Return the new names of what the layers above the platform call without its headers.

    These are what compilers call unasked, such as memcpy: beside the name that is offered they have
    a private one.
    """
    return {name: new for name, new in names.items() if _OFFERED + name in names}


def listed(names: Mapping[str, str]) -> str:
    """Return the names as objcopy reads them (--redefine-syms)."""
    return "".join(f"{name} {new}\n" for name, new in names.items())
