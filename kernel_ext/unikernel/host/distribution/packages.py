"""The distribution's packages: which there are, and their files, without installing them.

They are found by what apt says of them, so that releases may name their parts as they like. Package
lists are the system's; where these are absent or older than the archive, the cache gets lists of
its own, which needs no rights.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unikernel_toolchain.store import cache
from unikernel_toolchain.tools.run import Stop

from . import commands

_DOWNLOAD_TIME_S = 600.0
_OPTIONS = ("-q", "-o", "Acquire::Retries=3", "-o", "APT::Sandbox::User=root")
_HINT = (
    "The first use fetches packages and needs the network; then they are cached.\n"
    "Package lists may be older than the archive: sudo apt-get update brings new ones."
)


@dataclass(frozen=True)
class Package:
    """A package as apt knows it: the version that would be fetched, and what it depends on."""

    name: str
    version: str
    section: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Apt:
    """Apt with package lists, read by these options."""

    options: tuple[str, ...] = _OPTIONS
    stop: Stop | None = None  # ends its commands

    def _run(self, program: str, *words: str, **how: Any) -> str:
        argv = (program, *self.options, *words)
        return commands.run(*argv, hint=_HINT, stop=self.stop, **how)

    def known(self, *names: str) -> dict[str, Package]:
        """Return packages and all that they depend on, by name; those there are not are left out.

        Raises PackageUnavailable where there is no apt.
        """
        asked = ("depends", "--important", "--recurse", *names)
        needs = _dependencies(self._run("apt-cache", *asked))
        fields = self._run("apt-cache", "show", "--no-all-versions", *needs)
        found = (_fields(stanza) for stanza in fields.split("\n\n") if stanza.strip())
        return {
            one["Package"]: Package(
                one["Package"],
                one["Version"],
                one.get("Section", ""),
                needs.get(one["Package"], ()),
            )
            for one in found
        }

    def update(self) -> None:
        """Bring the lists up to date. Raises PackageUnavailable."""
        self._run("apt-get", "update", time_limit_s=_DOWNLOAD_TIME_S)

    @contextmanager
    def unpacked(self, *packages: str) -> Iterator[Path]:
        """Give a folder with the packages' files as they would lie under /.

        Raises PackageUnavailable.
        """
        with tempfile.TemporaryDirectory(prefix="uk-apt-") as path:
            folder = Path(path)
            download = ("apt-get", "download", *packages)
            self._run(*download, folder=folder, time_limit_s=_DOWNLOAD_TIME_S)
            for deb in sorted(folder.glob("*.deb")):
                unpack = ("dpkg-deb", "-x", deb.name, "files")
                commands.run(*unpack, folder=folder, hint=_HINT, stop=self.stop)
                deb.unlink()
            yield folder / "files"


def with_own_lists(stop: Stop | None = None) -> Apt:
    """Return apt with lists of the cache's own, brought up to date. Raises PackageUnavailable."""
    place = cache.root() / "apt"
    cache.make_folder(place / "lists" / "partial")
    options = (f"Dir::State::lists={place / 'lists'}", f"Dir::Cache={place}")
    apt = Apt((*_OPTIONS, *(word for option in options for word in ("-o", option))), stop)
    with cache.locked("apt"):
        apt.update()
    return apt


def _dependencies(listed: str) -> dict[str, tuple[str, ...]]:
    """Return what packages depend on, from `apt-cache depends`; virtual ones are in <>."""
    found: dict[str, tuple[str, ...]] = {}
    for line in listed.splitlines():
        if not line.startswith(" ") and not line.startswith("<"):
            name = line.partition(":")[0]
            found[name] = ()
        elif match := re.match(r" *\|?(?:Pre)?Depends: ([^\s<:]+)", line):
            found[name] += (match[1],)
    return found


def _fields(stanza: str) -> dict[str, str]:
    return dict(re.findall(r"^(\S+): (.*)$", stanza, re.MULTILINE))


def closure(
    known: Mapping[str, Package], names: Iterable[str], follow: Callable[[Package], bool]
) -> list[str]:
    """Return packages with those that they depend on, as far as `follow` holds."""
    found: dict[str, None] = {}

    def take(name: str) -> None:
        if name not in found:
            found[name] = None
            for needed in known[name].needs:
                if needed in known and follow(known[needed]):
                    take(needed)

    for name in names:
        take(name)
    return list(found)
