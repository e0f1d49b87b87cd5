"""Digest of our own sources, so that what was built from others is not used."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

_OTHERS = ("__pycache__",)

Signature = tuple[tuple[str, int, int], ...]


def source_digest(*paths: Path) -> str:
    """Return the SHA-256 over names and contents of these files and folders.

    Read once, and again only when a size or a time changed.
    """
    return _digest(tuple(_signature(path) for path in paths))


def _signature(path: Path) -> Signature:
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    kept = (file for file in files if not file.parent.name.startswith(_OTHERS))
    stamps = ((str(file), file.stat()) for file in kept if file.is_file())
    return tuple((name, status.st_size, status.st_mtime_ns) for name, status in stamps)


@lru_cache(maxsize=128)
def _digest(signatures: tuple[Signature, ...]) -> str:
    digest = hashlib.sha256()
    for signature in signatures:
        for name, _, _ in signature:
            path = Path(name)
            digest.update(f"{path.parent.name}/{path.name}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
