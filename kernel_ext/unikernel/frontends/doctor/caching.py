"""What the cache holds, whether it is whole, and where it lies."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel_toolchain.library_os import base, library_os, packages
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.tools import locate

from .building import buildable
from .findings import Check, Finding, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_DISK_MIB = 200


def _c_programs() -> Finding:
    tools = locate.locate_c()
    bases = [base.expected(target, tools, library_os.SOURCES).folder for target in buildable()]
    built = [folder for folder in bases if folder.exists()]
    return _intact("programs in C", built, "can be built, whatever OCaml there is")


def _libos() -> Finding:
    built = [folder for folder in _libos_folders() if folder.exists()]
    if not built:
        return Finding(Status.OK, "library OS", "not built yet; the first build does it")
    parts = [part for folder in built for part in (folder, *packages.built_folders(folder))]
    caches = dict.fromkeys(str(_cache_of(folder)) for folder in built)
    return _intact("library OS", parts, f"built, in {' and '.join(caches)}")


def _libos_folders() -> list[Path]:
    """Return where the library OS of each target stands, or will."""
    tools = locate.locate()
    return list(dict.fromkeys(library_os.expected(one, tools).folder for one in buildable()))


def _cache_of(folder: Path) -> Path:
    others = cache.shared_root()
    return others if others and folder.is_relative_to(others) else cache.root()


def _shared() -> Finding:
    """Look whether the library OS is read from the cache that users of a hub share."""
    others = cache.shared_root()
    if others is None:
        return Finding(Status.OK, "shared cache", f"none: {cache.SHARED} is not set")
    folders = _libos_folders()
    if any(_cache_of(folder) == others for folder in folders):
        return Finding(Status.OK, "shared cache", f"the library OS is read from {others}")
    theirs = [others / folder.relative_to(cache.root()) for folder in folders]
    there = [folder for folder in theirs if folder.is_dir()]
    if not there:
        fact = f"{others} has no library OS of this release and this OCaml: it is passed over"
    elif damage := integrity.damage(there[0]):
        fact = f"{there[0]} is passed over: {damage}"
    else:
        return Finding(Status.OK, "shared cache", f"your own library OS goes before {others}")
    hint = f"Whoever has made it: build there again, with {os_errors.CACHE}={others}."
    return Finding(Status.WARN, "shared cache", fact, hint)


def _images() -> Finding:
    images = cache.finished("images/*")
    return _intact("images", images, f"{len(images)} in the cache, as they were built")


def _fetched() -> Finding:
    """Look at what is made when it is first wanted; earlier releases left some unsealed."""
    parts = [part for name in ("baseline", "nat") for part in cache.finished(f"{name}/*")]
    with_manifest = [part for part in parts if (part / integrity.MANIFEST).exists()]
    return _intact(
        "other parts", with_manifest, f"{len(with_manifest)} in the cache, as they were made"
    )


def _intact(item: str, parts: Sequence[Path], fact: str) -> Finding:
    """Return whether sealed folders of the cache are whole."""
    damaged = [f"{part}: {found}" for part in parts if (found := integrity.damage(part))]
    if not damaged:
        return Finding(Status.OK, item, fact)
    others = f", and {len(damaged) - 1} more" if damaged[1:] else ""
    hint = "Whatever needs it next, such as a build, makes it again."
    return Finding(Status.WARN, item, f"damaged: {damaged[0]}{others}", hint)


def _disk() -> Finding:
    cache.check(cache.root())
    folder = nearest_folder()
    free_mib = shutil.disk_usage(folder).free >> 20
    if reason := _unusable(folder):
        hint = f"Set {os_errors.CACHE} to a folder that you can write to."
        return Finding(Status.FAIL, "disk", f"{folder} {reason}", hint)
    if free_mib >= LEAST_DISK_MIB:
        return Finding(Status.OK, "disk", f"{free_mib:,} MiB free for {cache.root()}")
    hint = "Make room, or set UNIKERNEL_CACHE to a folder elsewhere."
    return Finding(Status.WARN, "disk", f"only {free_mib} MiB free for {cache.root()}", hint)


def _unusable(folder: Path) -> str:
    """Return why the cache cannot be there, "" if it can."""
    if not folder.is_dir():
        return "is a file, where a folder should be"
    if not os.access(folder, os.W_OK):
        return "cannot be written"
    return cache.runs_nothing(folder)


def nearest_folder() -> Path:
    """Return the cache's folder, or the one it will be made in."""
    folder = cache.root()
    while not folder.exists():
        folder = folder.parent
    return folder


CHECKS: tuple[Check, ...] = (
    ("programs in C", _c_programs),
    ("library OS", _libos),
    ("shared cache", _shared),
    ("images", _images),
    ("other parts", _fetched),
    ("disk", _disk),
)
