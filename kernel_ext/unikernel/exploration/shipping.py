"""Images on their way to workers: named by what is in them, sent only to who lacks them.

    the caller ── reference: digest of the build, of the file that boots ──▶ the worker
    the caller ◀── "I lack it" ── the worker, unless its cache has that very image
    the caller ── the files ──▶ the worker, who keeps them in its cache like an image built there

The digest of a build names plan and tools. Two hosts may still make two files of one plan, and a
sweep compares: so the digest of the file that boots must be the same as well.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from unikernel.errors import UsageError
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.store import images as built

Files = Mapping[str, tuple[int, bytes]]  # mode and compressed bytes, by name
_FAST = 1  # of zlib: 4 to 1 in 10 ms
_OWN = (integrity.MANIFEST, integrity.MARKS)  # which say nothing of another cache


def reference(image: Image) -> dict[str, str]:
    """Return what names an image to a worker.

    Raises ImageInvalid when it is gone or damaged, UsageError when it is none of the cache's.
    """
    built.check(image)
    if not (image.path.parent / integrity.MANIFEST).exists():
        raise UsageError(
            f"Image {image.name!r} was not built by this package, so no worker can be sent it.",
            hint="Sweep it without an executor.",
        )
    return {"name": image.name, "digest": image.digest, "sha256": _sha256(image.path)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack(image: Image) -> dict[str, tuple[int, bytes]]:
    """Return the files of an image, compressed. Raises ImageInvalid when it is damaged."""
    built.check(image)
    folder = image.path.parent
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode & 0o777,
            zlib.compress(path.read_bytes(), _FAST),
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in _OWN
    }


def find(wanted: Mapping[str, str], files: Files | None = None) -> Image | None:
    """Return the image that is meant, from this host's cache; None when that lacks it.

    With its `files` they are put there first. Raises ToolchainError when the cache cannot be
    written, UsageError when they are not the files of that image.
    """
    image = _here(wanted)
    if image or files is None:
        return image
    digest = wanted["digest"]
    with built.lock(digest):
        if (image := _here(wanted)) is None:
            place = cache.image_folder(digest)
            integrity.renew(place, f"image {wanted['name']}", lambda draft: _unpack(files, draft))
            image = _here(wanted)
    if image is None:
        raise UsageError(
            f"The files that came with image {wanted['name']!r} are not those of it.",
            hint="The caller and the worker need the same release of jupyter-unikernel.",
        )
    return image


def _here(wanted: Mapping[str, Any]) -> Image | None:
    image = built.lookup(wanted["digest"], wanted["name"])
    return image if image and _sha256(image.path) == wanted["sha256"] else None


def _unpack(files: Files, folder: Path) -> None:
    for name, (mode, data) in files.items():
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts:
            raise UsageError(f"{name!r} is no name of a file in an image.")
        (folder / parts).parent.mkdir(parents=True, exist_ok=True)
        (folder / parts).write_bytes(zlib.decompress(data))
        (folder / parts).chmod(mode)
