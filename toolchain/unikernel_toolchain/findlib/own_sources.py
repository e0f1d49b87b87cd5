"""The sources of a package of ours."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from unikernel_toolchain.errors import PackageError
from unikernel_toolchain.sources import since

_SUB_PACKAGE = re.compile(r'^\s*directory\s*=\s*"([^"]+)"', re.MULTILINE)
_MODULES, _STUBS = frozenset({".ml", ".mli"}), frozenset({".c", ".h"})


def source_files(folder: Path, meta: Path, versions: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the sources of a package of ours: those in its folder, and in folders therein.

    Folders order a package for its readers; it is compiled flat, as one archive. One that `meta`
    names as the directory of a sub-package is no part of the package around it; of those in
    folders `since` the ones hold that fit these versions of what the package needs.
    Raises PackageError when two modules, or two C files, have one name.
    """
    parts = {meta.parent / name for name in _SUB_PACKAGE.findall(meta.read_text(encoding="utf-8"))}
    found = [path for path in sorted(_below(folder, parts)) if path.suffix in _MODULES | _STUBS]
    places: dict[str, Path] = {}
    for path in found:
        name = path.stem if path.suffix in _MODULES else path.name
        if since.is_variant(path) or places.setdefault(name, path).parent == path.parent:
            continue
        raise PackageError(
            f"Two sources in {folder} have the same name: {places[name]} and {path}.",
            package=folder.name,
            hint="A package is compiled as if it were one folder: rename one of them.",
        )
    return since.holding(found, versions)


def _below(folder: Path, parts: Collection[Path]) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            if not entry.is_dir():
                yield path
            elif path not in parts:
                yield from _below(path, parts)
