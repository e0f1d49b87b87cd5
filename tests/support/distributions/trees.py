"""Trees of Debian's releases, as debootstrap makes them: made once, kept in the cache.

A tree begins bare, and ./lab installs into it what it needs. One that ./lab filled by another list
of packages is made again, so that what is tried is always what a bare machine would get. What needs
a bare one each time gets a copy.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from support import ROOT

CACHE = ROOT / ".cache" / "distributions"
MIRROR = "http://deb.debian.org/debian"
LIMIT_S = 1800
# Releases to try; the environment may name others, in Debian's words.
SUITES = os.environ.get("UNIKERNEL_TEST_SUITES", "bookworm trixie").split()
# What README asks for besides apt and root.
ASKED_FOR = ("python3", "git", "ca-certificates")
BARE_BY = ("tests/support/distributions/trees.py",)
FILLED_BY = (  # by ./lab, and what it installs
    *BARE_BY,
    "lab",
    "pyproject.toml",
    "toolchain/unikernel_toolchain/tools/apt_packages.txt",
    "toolchain/unikernel_toolchain/tools/requirements.py",
)
STAMP = "filled-by"
NAMESPACES = ("unshare", "--mount", "--pid", "--fork")


class Unavailable(Exception):
    """A tree cannot be had here; the text says why."""


@contextmanager
def tree(suite: str) -> Iterator[Path]:
    """Give the tree of a release, which is this test's alone meanwhile. Raises Unavailable."""
    with kept(suite, suite, FILLED_BY) as place:
        yield place


@contextmanager
def fresh_tree(suite: str) -> Iterator[Path]:
    """Give a bare tree of a release, gone afterwards with all that was done in it.

    Raises Unavailable.
    """
    with kept(f"{suite}-bare", suite, BARE_BY) as bare, ExitStack() as stack:
        place = Path(tempfile.mkdtemp(prefix=f"{suite}-", dir=CACHE))
        stack.callback(remove, place)
        as_root("cp", "--archive", "--reflink=auto", "--no-target-directory", bare, place)
        yield place


@contextmanager
def kept(name: str, suite: str, filled_by: Sequence[str]) -> Iterator[Path]:
    """Give a tree of the cache, made anew when one of these files changes. Raises Unavailable."""
    check_rights()
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place, mark = CACHE / name, stamp(filled_by)
        if not (place / STAMP).is_file() or (place / STAMP).read_text().strip() != mark:
            remove(place)
            make(suite, place)
            as_root("sh", "-c", f'echo {mark} >"$1"', "stamp", place / STAMP)
        yield place


def check_rights() -> None:
    """Raise Unavailable where nobody may make namespaces and mount in them."""
    as_root(*NAMESPACES, "mount", "-t", "proc", "proc", "/proc")


def stamp(filled_by: Sequence[str]) -> str:
    """Return what changes with these files."""
    return hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in filled_by)).hexdigest()


def make(suite: str, place: Path) -> None:
    """Leave a bare tree, and what README asks for. Raises Unavailable."""
    if not shutil.which("debootstrap", path=path()):
        raise Unavailable("debootstrap is not installed: apt-get install debootstrap")
    packages = f"--include={','.join(ASKED_FOR)}"
    as_root("debootstrap", "--variant=minbase", packages, suite, place, MIRROR)


def remove(place: Path) -> None:
    if place.exists():
        as_root("rm", "-rf", "--one-file-system", place)


def as_root(*command: str | Path) -> None:
    """Run a command as root. Raises Unavailable, with the end of what it said, when it fails."""
    try:
        done = subprocess.run(
            (*root_prefix(), *command),
            env={**os.environ, "PATH": path(), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
        )
    except OSError as why:
        raise Unavailable(str(why)) from why
    if done.returncode:
        raise Unavailable(f"{' '.join(map(str, command))}: {done.stdout.strip()[-500:]}")


def root_prefix() -> tuple[str, ...]:
    """Return what makes a command root's, which asks nobody for a password."""
    return () if os.geteuid() == 0 else ("sudo", "-n")


def path() -> str:
    """Return where programs are, those for root as well."""
    return os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/sbin"))
