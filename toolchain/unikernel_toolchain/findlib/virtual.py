"""Virtual libraries: packages are compiled against an interface, one implementation is linked.

META knows no such thing: there an interface is a package without an archive, and nobody requires
its implementation. dune does, and leaves it beside META in a file dune-package: of the interface
`(virtual)` and which implementation to take when nobody names one, of an implementation what it
implements. (dune's manual, "Virtual Libraries & Variants".)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from unikernel_toolchain.errors import PackageError

_DESCRIPTION = "dune-package"
_LIBRARY = re.compile(r"^\(library\s", re.MULTILINE)
_FIELD = re.compile(r"\((name|kind|virtual|default_implementation|implements)\b\s*([^\s()]*)\)")


@dataclass(frozen=True)
class _Library:
    name: str
    virtual: bool
    default: str
    implements: str


def implementations(metas: Mapping[str, Path]) -> tuple[str, ...]:
    """Return the implementations of the virtual libraries among these packages.

    `metas` has each package's META by its name. Raises PackageError for a virtual library that
    two packages implement, or that none does and that has no default.
    """
    known = {
        library.name: library
        for place in {meta.with_name(_DESCRIPTION) for meta in metas.values()}
        for library in _libraries(place)
    }
    wanted = [name for name in metas if name in known and known[name].virtual]
    return tuple(_implementation(known[name], metas, known.values()) for name in wanted)


def _implementation(virtual: _Library, found: Iterable[str], known: Iterable[_Library]) -> str:
    every = sorted(library.name for library in known if library.implements == virtual.name)
    named = [name for name in every if name in found]
    if len(named) > 1:
        raise PackageError(
            f"Packages {' and '.join(named)} are both the implementation of {virtual.name}.",
            package=named[1],
            hint="A program can have one of them: leave the others out.",
        )
    if named or virtual.default:
        return named[0] if named else virtual.default
    choice = f"one of {', '.join(every)}" if every else "the package that implements it"
    raise PackageError(
        f"Package {virtual.name} is an interface alone: who uses it names an implementation.",
        package=virtual.name,
        hint=f"Add {choice}.",
    )


def _libraries(description: Path) -> list[_Library]:
    try:
        text = description.read_text(encoding="utf-8")
    except OSError:  # most packages are not dune's
        return []
    return [_library(part) for part in _LIBRARY.split(text)[1:]]


def _library(text: str) -> _Library:
    fields: dict[str, str] = {}
    for field, value in _FIELD.findall(text):
        fields.setdefault(field, value)  # modules, further on, have names and kinds as well
    return _Library(
        name=fields.get("name", ""),
        virtual="virtual" in fields or fields.get("kind") == "virtual",  # dune 3.17; 3.24
        default=fields.get("default_implementation", ""),
        implements=fields.get("implements", ""),
    )
