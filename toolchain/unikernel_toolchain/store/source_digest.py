"""Digest of our own sources, so that what was built from others is not used."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_OTHERS = ("__pycache__",)

Stamp = tuple[str, int, int]  # of a file: its name, size and time
Signature = tuple[Stamp, ...]


def source_digest(*paths: Path) -> str:
    """Return the SHA-256 over names and contents of these files and folders, as far as they exist.

    Read once, and again only when a size or a time changed.
    """
    return _digest(tuple(_signature(path) for path in paths))


def _signature(path: Path) -> Signature:
    # Asked of a thousand files at each build: making a Path of each would take longer than to look.
    if path.is_dir():
        return tuple(sorted(_stamps(path)))
    return (_stamp(str(path), path.stat()),) if path.exists() else ()


def _stamps(folder: Path | str) -> Iterator[Stamp]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file():
                yield _stamp(entry.path, entry.stat())
            elif entry.is_dir() and not entry.name.startswith(_OTHERS):
                yield from _stamps(entry.path)


def _stamp(name: str, status: os.stat_result) -> Stamp:
    return name, status.st_size, status.st_mtime_ns


@lru_cache(maxsize=128)
def _digest(signatures: tuple[Signature, ...]) -> str:
    digest = hashlib.sha256()
    for signature in signatures:
        for name, _, _ in signature:
            path = Path(name)
            digest.update(f"{path.parent.name}/{path.name}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
