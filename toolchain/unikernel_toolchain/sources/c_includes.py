"""Finds the files that C files include, so that a build's plan holds them all.

A name in quotes is looked up as a compiler does it, beside the file that includes it; then in the
folders of the files that were named, and below these. One in angle brackets is found only right in
those folders. What is nowhere there is the library OS's or the C library's, or the compiler says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .text import Sources, label, read_source

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)
_FOLDERS_MAX = 2000  # that are looked into for one name


def gather(named: Sequence[Path]) -> Sources:
    """Read C files, all that are in folders, and all that they include.

    Raises BadRequest when one cannot be read.
    """
    units = [_absolute(path) for path in _files(named)]
    places = [_absolute(path if path.is_dir() else path.parent) for path in named]
    found = _with_included(units, tuple(dict.fromkeys(places)))
    root = Path(os.path.commonpath([path.parent for path in found]))
    names = {path: path.relative_to(root).as_posix() for path in found}
    compiled = dict.fromkeys(names[path] for path in units if path.suffix != ".h")
    return Sources(
        {names[path]: text for path, text in found.items()},
        tuple(compiled),
        {name: label(_as_typed(path, named)) for path, name in names.items()},
    )


def _as_typed(path: Path, named: Sequence[Path]) -> Path:
    """Return a found file's path from where those that were named are told from."""
    return path if any(each.is_absolute() for each in named) else Path(os.path.relpath(path))


def _absolute(path: Path) -> Path:
    """Return the path from the root without `..`; links in it stay what they are."""
    return Path(os.path.normpath(Path.cwd() / path))


def _files(named: Iterable[Path]) -> Iterator[Path]:
    for path in named:
        if path.is_dir():
            yield from sorted(file for folder in _below(path) for file in folder.glob("*.c"))
        else:
            yield path


def _with_included(units: Iterable[Path], places: tuple[Path, ...]) -> dict[Path, str]:
    found: dict[Path, str] = {}
    wanted = list(units)
    while wanted:
        path = wanted.pop(0)
        if path not in found:
            found[path] = read_source(path)
            wanted += _included(path, found[path], places)
    return found


def _included(path: Path, text: str, places: tuple[Path, ...]) -> Iterator[Path]:
    for quoted, bracketed in _INCLUDE.findall(text):
        beside = (path.parent, *places) if quoted else places
        name = quoted or bracketed
        near = (folder / name for folder in beside)
        below = (folder / name for place in places for folder in _below(place) if quoted)
        for candidate in (*near, *(() if _is_libos_header(name) else below)):
            if candidate.is_file():
                yield _absolute(candidate)
                break


def _is_libos_header(name: str) -> bool:
    return (Path(__file__).parents[1] / "libos" / "include" / name).is_file()


def _below(place: Path) -> Iterator[Path]:
    """Yield a folder and those below it, the near ones first; not hidden ones."""
    level, looked_at = [place], 0
    while level and looked_at < _FOLDERS_MAX:
        yield from level
        looked_at += len(level)
        level = [below for folder in level for below in _subfolders(folder)]


def _subfolders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name
                for entry in entries
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return []
    return [folder / name for name in sorted(names)]
