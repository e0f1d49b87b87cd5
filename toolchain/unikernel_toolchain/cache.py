"""The cache's folders and locks, and how to empty it.

libos/<identity>/<target>/   the built library OS
images/<digest>/             a built image, its debug file, map, log and plan
names/                       which image was last built under which name
packages/                    what findlib answered
locks/                       one empty file per thing that is built by one builder at a time
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from .errors import ToolchainError

_DIGEST_CHARACTERS = 16
_IDENTITY_CHARACTERS = 12


def root() -> Path:
    """Return $UNIKERNEL_CACHE, $XDG_CACHE_HOME/unikernel, or ~/.cache/unikernel."""
    own = os.environ.get("UNIKERNEL_CACHE")
    if own:
        return Path(own).absolute()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache").absolute() / "unikernel"


def libos_folder(identity: str, target: str) -> Path:
    """Return where the library OS of this toolchain identity and target stands, or will."""
    return root() / "libos" / identity[:_IDENTITY_CHARACTERS] / target


def image_folder(digest: str) -> Path:
    """Return where the image of this digest stands, or will."""
    return root() / "images" / digest[:_DIGEST_CHARACTERS]


def name_file(name: str) -> Path:
    """Return the file that says which image has this name."""
    return root() / "names" / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"


def packages_file(key: str) -> Path:
    """Return the file that remembers findlib's answer to one question."""
    return root() / "packages" / f"{key[:_DIGEST_CHARACTERS]}.json"


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock of this name against every other thread and process.

    Raises ToolchainError when the cache cannot be written.
    """
    path = root() / "locks" / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise ToolchainError(
            f"The cache {root()} cannot be written: {problem.strerror}.",
            hint="Set UNIKERNEL_CACHE to a folder that can.",
        ) from problem
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """Give an empty folder beside `place`, and remove it in the end whatever happened.

    The caller holds the lock of `place`; what an interrupted builder left there goes first.
    """
    folder = place.with_name(place.name + ".new")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}-{id(text):x}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def clean(*, everything: bool = False) -> int:
    """Remove built images and their names; with `everything` the built library OS as well.

    Waits for nothing: what is being built stays. Returns how many bytes were freed.
    """
    folders = ["images", "names", "packages"] + (["libos"] if everything else [])
    return sum(_remove(root() / folder) for folder in folders)


def _remove(folder: Path) -> int:
    freed = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.suffix == ".new" or any(path.glob("*.new")):
            continue
        freed += _size_bytes(path)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return freed


def _size_bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if not file.is_dir())
