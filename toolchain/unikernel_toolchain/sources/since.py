"""Sources that differ by the version of what they are compiled with.

Sources hold from the oldest version on that the library OS is built with. Where a newer one wants
other words, these are in a folder named after the first that wants them, NAME-VERSION in a folder
`since`: since/ocaml-5.2, or since/mirage-crypto-rng-1.0 in a package that needs that one. A file
in there is taken in place of the file of its name outside; of several, that of the newest version
not newer than the one installed. So a folder holds nothing but what differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

FOLDER = "since"
_NEWEST = (2**31,)

Version = tuple[int, ...]


def is_variant(file: Path) -> bool:
    """Say whether a file is one that stands in for another."""
    return file.parent.parent.name == FOLDER


def holding(files: Iterable[Path], versions: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the files to compile where these versions are installed, in their order.

    What `versions` does not name is as old as can be; a version without a number, like "dev", is
    newer than all.
    """
    chosen: dict[str, tuple[Version, Path]] = {}
    for file in files:
        since = _since(file, versions)
        if since is not None and since >= chosen.get(file.name, ((), file))[0]:
            chosen[file.name] = since, file
    return tuple(file for _, file in chosen.values())


def _since(file: Path, versions: Mapping[str, str]) -> Version | None:
    """Return the version from which a file holds; None when what is installed is older."""
    if not is_variant(file):
        return ()
    name, _, since = file.parent.name.rpartition("-")
    wanted = _numbers(since)
    return wanted if name in versions and wanted <= _numbers(versions[name]) else None


def _numbers(version: str) -> Version:
    return tuple(int(digits) for digits in re.findall(r"\d+", version)) or _NEWEST
