"""The distribution's packages: which there are, and their files, without installing them.

They are found by what apt says of them, so that releases may name their parts as they like. Package
lists are the system's; where these are absent or older than the archive, the cache gets lists of
its own, which needs no rights.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from unikernel.errors import PackageUnavailable
from unikernel_toolchain.store import cache

from . import commands

_DOWNLOAD_TIME_S = 600.0
_OPTIONS = ("-q", "-o", "Acquire::Retries=3", "-o", "APT::Sandbox::User=root")
_HINT = (
    "The first use fetches packages and needs the network; then they are cached.\n"
    "Package lists may be older than the archive: sudo apt-get update brings new ones."
)
_DEPENDS = re.compile(r"^ *\|?(?:Pre)?Depends: ([^\s<]+)", re.MULTILINE)
_run = partial(commands.run, hint=_HINT)


@dataclass(frozen=True)
class Apt:
    """Apt with package lists, read by these options."""

    options: tuple[str, ...] = _OPTIONS

    def dependencies(self, package: str) -> list[str]:
        """Return what a package depends on by real names. Raises PackageUnavailable."""
        return _DEPENDS.findall(_run("apt-cache", *self.options, "depends", "-i", package))

    def version(self, package: str) -> str:
        """Return the version that would be fetched. Raises PackageUnavailable."""
        fields = _run("apt-cache", *self.options, "show", "--no-all-versions", package)
        found = re.search(r"^Version: (\S+)", fields, re.MULTILINE)
        if not found:
            raise PackageUnavailable(f"apt knows no version of {package}.", hint=_HINT)
        return found[1]

    def closure(self, packages: Iterable[str], follow: Callable[[str], bool]) -> list[str]:
        """Return packages with those that they depend on, as far as `follow(name)` holds."""
        found: dict[str, None] = {}

        def take(package: str) -> None:
            if package not in found:
                found[package] = None
                for needed in filter(follow, self.dependencies(package)):
                    take(needed)

        for package in packages:
            take(package)
        return list(found)

    @contextmanager
    def unpacked(self, *packages: str) -> Iterator[Path]:
        """Give a folder with the packages' files as they would lie under /.

        Raises PackageUnavailable.
        """
        with tempfile.TemporaryDirectory(prefix="uk-apt-") as path:
            folder = Path(path)
            download = ("apt-get", *self.options, "download", *packages)
            _run(*download, folder=folder, time_limit_s=_DOWNLOAD_TIME_S)
            for deb in sorted(folder.glob("*.deb")):
                _run("dpkg-deb", "-x", deb.name, "files", folder=folder)
                deb.unlink()
            yield folder / "files"


def with_own_lists() -> Apt:
    """Return apt with lists of the cache's own, brought up to date. Raises PackageUnavailable."""
    place = cache.root() / "apt"
    cache.make_folder(place / "lists" / "partial")
    options = (f"Dir::State::lists={place / 'lists'}", f"Dir::Cache={place}")
    apt = Apt((*_OPTIONS, *(word for option in options for word in ("-o", option))))
    with cache.locked("apt"):
        _run("apt-get", *apt.options, "update", time_limit_s=_DOWNLOAD_TIME_S)
    return apt
