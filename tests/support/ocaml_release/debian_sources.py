"""Sources of Debian's packages, for what the installed ones leave out: fetched into the cache."""

import os
import platform
from pathlib import Path

from support.debian_tools import APT, Unavailable, run
from unikernel_toolchain.store import cache, integrity

LINE = "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} {suite} main\n"
MIRROR = "http://deb.debian.org/debian"


def of_file(installed: Path) -> Path:
    """Return the tree of sources of the package that has this file. Raises Unavailable."""
    package = run("dpkg", "-S", str(installed)).partition(":")[0]
    folder = cache.root() / "tools" / f"source-{package}"
    with cache.locked(f"tools-source-{package}"):
        if integrity.damage(folder):
            integrity.renew(folder, package, lambda draft: fetch(package, draft))
    return folder


def fetch(package: str, folder: Path) -> None:
    """Fill an empty folder with the package's sources."""
    system = platform.freedesktop_os_release()
    if system.get("ID") != "debian":
        raise Unavailable(f"{package}: sources are fetched on Debian alone")
    place = cache.root() / "tools" / "apt-sources"
    cache.make_folder(place / "lists")
    lines = place / "sources.list"
    lines.write_text(LINE.format(mirror=MIRROR, suite=system["VERSION_CODENAME"]))
    options = {
        "Dir::Etc::sourcelist": lines,
        "Dir::Etc::sourceparts": os.devnull,
        "Dir::State::lists": place / "lists",
        "Dir::Cache": place,
    }
    apt = (*APT, *(word for name, value in options.items() for word in ("-o", f"{name}={value}")))
    run(*apt, "update")
    run(*apt, "source", package, folder=folder)
