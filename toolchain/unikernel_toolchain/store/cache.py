"""The cache's folders and locks, and how to empty it.

libos/<identity>/<part>/     the built library OS: its base, by target; what OCaml needs above; host
configurations/<digest>/     a config.ml, compiled
images/<digest>/             a built image, its debug file, map, log and plan
names/                       which image was last built under which name
packages/                    what findlib answered
notices.json                 what this host was told since it booted
nat/<identity>/              what limits what guests on user networks reach
snapshots/<machine>/         memory and state of a machine that runs, by number; gone with it
xen/<identity>/              a Xen lab as it is restored; parts-... are what it is made of
apt/                         package lists, where the system has none
locks/                       one empty file per thing that is built by one builder at a time

What lies here is run, so nobody else may write to it: folders are made closed to others whatever
the umask says, and one that others can write to is closed or refused.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import shutil
import stat
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.messages import os_errors

SHARED = "UNIKERNEL_SHARED_CACHE"
_MADE_ANEW = ("configurations", "cores", "images", "names", "packages")
_MADE_ONCE = ("libos", "nat", "baseline", "xen", "apt")
_DIGEST_CHARACTERS = 16
_IDENTITY_CHARACTERS = 12
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_LOOK = stat.S_IRUSR | stat.S_IXUSR  # what the owner of a folder needs to use what is in it
_ELSEWHERE = f"Set {os_errors.CACHE} to a folder of your own."
_log = logging.getLogger(__name__)


def root() -> Path:
    """Return $UNIKERNEL_CACHE, $XDG_CACHE_HOME/unikernel, or ~/.cache/unikernel.

    A relative XDG_CACHE_HOME counts as none (XDG Base Directory Specification 0.8).
    Raises ToolchainError when there is no home.
    """
    own = os.environ.get(os_errors.CACHE)
    if own:
        return Path(own).absolute()
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if Path(shared).is_absolute():
        return Path(shared, "unikernel")
    try:
        return (Path.home() / ".cache" / "unikernel").absolute()
    except RuntimeError as problem:
        raise ToolchainError(
            f"The cache cannot be written: HOME is not set, and user {os.getuid()} has no home.",
            hint=f"Set {os_errors.CACHE} to a folder that you can write to.",
        ) from problem


def shared_root() -> Path | None:
    """Return $UNIKERNEL_SHARED_CACHE, another cache that this one reads of."""
    named = os.environ.get(SHARED)
    return Path(named).absolute() if named else None


def refused(problem: OSError, otherwise: str = "written") -> ToolchainError:
    """Return the error that says why the cache cannot be written, or be what is said."""
    what = f"The cache {root()} cannot be {otherwise}"
    error = os_errors.explain(problem, what, ToolchainError)
    return ToolchainError(error.what, hint=error.hint or _ELSEWHERE)


def runs_nothing(place: Path) -> str:
    """Return why programs cannot be run there, "" if they can."""
    if os.statvfs(place).f_flag & os.ST_NOEXEC:
        return "is on a file system mounted noexec: what is built there cannot be run"
    return ""


def check_runs_programs() -> None:
    """Raise ToolchainError when programs cannot be run from the cache."""
    if trouble := runs_nothing(root()):
        raise ToolchainError(
            f"The cache {root()} {trouble}.", hint=f"Set {os_errors.CACHE} to a folder elsewhere."
        )


def trusted() -> tuple[int, ...]:
    """Return the users whose files are run: this one, root, and whoever became root by sudo."""
    caller = os.environ.get("SUDO_UID", "")
    return (0, os.geteuid(), *([int(caller)] if caller.isdecimal() and not os.geteuid() else []))


def check(folder: Path) -> None:
    """Look that nobody else can write to a folder of the cache or those above it in the cache.

    One of ours that others can write to is closed to them, and one that we cannot look into is
    opened to us. Raises ToolchainError for one that is another user's or cannot be closed. Folders
    that are not there are nobody's.
    """
    try:
        for place in _down_to(folder):
            _check(place)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as problem:
        raise refused(problem, "used") from problem


def _check(place: Path) -> None:
    seen = place.stat()
    if not stat.S_ISDIR(seen.st_mode):
        return  # somebody's file, not a folder of ours: left as it is, and refused when it is used
    if seen.st_uid not in trusted():
        raise ToolchainError(
            f"{place} belongs to another user ({seen.st_uid}), and what a cache holds is run.",
            hint=_ELSEWHERE,
        )
    mode = stat.S_IMODE(seen.st_mode)
    if seen.st_uid == os.geteuid() and mode & _LOOK != _LOOK:
        mode |= stat.S_IRWXU
        place.chmod(mode)
        _log.warning("You could not look into %s; now you can.", place)
    if not mode & _OTHERS_WRITE:
        return
    with contextlib.suppress(OSError):
        place.chmod(mode & ~_OTHERS_WRITE)
    if place.stat().st_mode & _OTHERS_WRITE:
        raise ToolchainError(
            f"Others can write to {place}, and what a cache holds is run.", hint=_ELSEWHERE
        )
    _log.warning("Others could write to %s; now they cannot.", place)


def make_folder(folder: Path) -> None:
    """Make a folder of the cache and those above it, closed to others whatever the umask.

    Raises ToolchainError when the system or `check` refuses it.
    """
    top = root()
    try:
        top.parent.mkdir(parents=True, exist_ok=True)
        for place in _down_to(folder):
            place.mkdir(mode=0o700 if place == top else 0o755, exist_ok=True)
            _check(place)
    except OSError as problem:
        raise refused(problem) from problem


def _down_to(folder: Path) -> tuple[Path, ...]:
    """Return the folders from the cache's own, or the shared one's, down to this one."""
    others = shared_root()
    return _between(others if others and folder.is_relative_to(others) else root(), folder)


@lru_cache(maxsize=4096)
def _between(top: Path, folder: Path) -> tuple[Path, ...]:
    places = (*reversed(folder.parents), folder)
    return tuple(place for place in places if place.is_relative_to(top))


def libos_parts(identity: str, part: str) -> tuple[str, ...]:
    """Return where in a cache the part of the library OS of this identity stands, or will."""
    return "libos", identity[:_IDENTITY_CHARACTERS], part


def configuration_folder(digest: str) -> Path:
    """Return where the program of the config.ml of this digest stands, or will."""
    return root() / "configurations" / digest[:_DIGEST_CHARACTERS]


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

    flock(2) locks an open file, and each holder opens its own, so that it keeps threads apart, too;
    the system lets go of it when its holder dies. The file stays: were it removed, one could hold
    the lock of the file that was, and another that of the file that is. Raises ToolchainError when
    the cache cannot be written.
    """
    path = root() / "locks" / name
    make_folder(path.parent)
    try:
        handle = _open_lock(path)
    except OSError as problem:
        raise refused(problem) from problem
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _open_lock(path: Path) -> int:
    """Open a lock's file; one that its owner lost the right to is given it back.

    Programs of the build do not inherit it: one that stayed would hold the lock.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o600)
    except PermissionError:
        path.chmod(0o600)
        return os.open(path, flags)


@contextlib.contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """Give an empty folder beside `place`, and remove it in the end whatever happened.

    Nobody else can open it. The caller holds the lock of `place`; what an interrupted builder left
    there goes first.
    """
    # Beside it, for a rename is one step within a file system only.
    folder = place.with_name(place.name + ".new")
    make_folder(folder.parent)
    discard(folder)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def move_into_place(folder: Path, place: Path) -> None:
    """Put a finished folder into its place; what stood there goes."""
    discard(place)  # a folder can be renamed over an empty one only
    folder.rename(place)
    sync(place.parent)


def discard(place: Path) -> None:
    """Remove a folder, or whatever else lies in its place."""
    if place.is_dir() and not place.is_symlink():
        _open_all(place)
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)


def _open_all(folder: Path) -> None:
    """Give the owner of a folder and those in it the right to empty them."""
    with contextlib.suppress(OSError):
        folder.chmod(stat.S_IRWXU)
        for place, names, _ in os.walk(folder):
            for below in (Path(place, name) for name in names):
                if not below.is_symlink():
                    below.chmod(stat.S_IRWXU)


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new, never half of it.

    It is on the disk before it has its name: a power failure leaves the old text or the new.
    """
    make_folder(path.parent)
    draft = path.with_name(f"{path.name}.{os.getpid()}-{id(text):x}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(draft, flags, 0o644), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Have a folder's names on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # not every file system can
            os.fsync(handle)
    finally:
        os.close(handle)


def finished(pattern: str) -> list[Path]:
    """Return the folders of the cache that match and are not just being made."""
    return sorted(place for place in root().glob(pattern) if place.suffix != ".new")


def clean(*, everything: bool = False) -> int:
    """Remove built images and their names; with `everything` what is built once as well.

    That is the library OS, the filter of user networks and the Linux baseline. Waits for nothing:
    what is being built stays. Returns how many bytes were freed.
    """
    folders = _MADE_ANEW + (_MADE_ONCE if everything else ())
    return sum(_remove(root() / folder) for folder in folders)


def made_once_mib() -> int:
    """Return how many MiB there are of what `clean` leaves; holes of files take none."""
    files = (file for folder in _MADE_ONCE for file in (root() / folder).rglob("*"))
    return sum(file.lstat().st_blocks * 512 for file in files) >> 20


def _remove(folder: Path) -> int:
    freed = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.suffix == ".new" or any(path.glob("*.new")):  # being built
            continue
        freed += _size_bytes(path)
        discard(path)
    return freed


def _size_bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if not file.is_dir())
