"""Programs out of Debian's packages, without installing them: an installed server would start.

    server = debian_tools.program("radvd", "/usr/sbin/radvd")
    line.start(server.path, "--nodaemon", env=server.env)

A package and those it needs that are not installed lie in the cache, under tools/<package>/. The
lists of packages are the system's; where these are absent or too old, the cache gets lists of its
own. Nothing of the system changes.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from unikernel_toolchain.store import cache, integrity

DOWNLOAD_TIME_S = 400
APT = ("apt-get", "-q", "-o", "Acquire::Retries=3", "-o", "APT::Sandbox::User=root")


class Unavailable(Exception):
    """A package cannot be had here; the text says why."""


@dataclass(frozen=True)
class Program:
    """A program and the environment it runs in."""

    path: Path
    env: dict[str, str]


def program(package: str, path: str) -> Program:
    """Return the program at this path: the installed one, or the package's.

    Skips the test, with the reason, where the package cannot be had.
    """
    if Path(path).exists():
        return Program(Path(path), dict(os.environ))
    try:
        tree = unpacked(package)
    except Unavailable as why:
        pytest.skip(f"{package} cannot be had: {why}")
    own = str(tree) + path
    assert os.access(own, os.X_OK), f"{package} has no program {path}"
    return Program(Path(own), {**os.environ, "LD_LIBRARY_PATH": ":".join(library_folders(tree))})


def library_folders(tree: Path) -> list[str]:
    """Return the folders of a tree that hold shared libraries."""
    return sorted({str(library.parent) for library in tree.rglob("*.so*") if library.is_file()})


def unpacked(package: str) -> Path:
    """Return the folder with the package's files, and of what it needs, as they would lie under /.

    Raises Unavailable.
    """
    folder = cache.root() / "tools" / package
    with cache.locked(f"tools-{package}"):
        if integrity.damage(folder):
            integrity.renew(folder, package, lambda draft: fetch(package, draft))
    return folder


def fetch(package: str, folder: Path) -> None:
    """Fill an empty folder with the package's files, and of what it needs."""
    try:
        download(package, folder, APT)
    except Unavailable:
        with cache.locked("tools-apt"):  # nobody reads lists while they are brought up to date
            download(package, folder, with_own_lists())
    for deb in sorted(folder.glob("*.deb")):
        run("dpkg-deb", "-x", str(deb), str(folder))
        deb.unlink()
    keep_plain_files(folder)


def download(package: str, folder: Path, apt: tuple[str, ...]) -> None:
    """Fetch the package and what it needs that is not installed."""
    planned = run(*apt, "--simulate", "install", "--no-install-recommends", package)
    run(*apt, "download", package, *new_packages(planned, package), folder=folder)


def new_packages(planned: str, package: str) -> list[str]:
    """Return what apt-get would install besides the package itself."""
    return [name for name in re.findall(r"^Inst (\S+)", planned, re.MULTILINE) if name != package]


def with_own_lists() -> tuple[str, ...]:
    """Return apt-get with lists of the cache's own, brought up to date."""
    place = cache.root() / "tools" / "apt"
    cache.make_folder(place / "lists")
    options = (f"Dir::State::lists={place / 'lists'}", f"Dir::Cache={place}")
    apt = (*APT, *(word for option in options for word in ("-o", option)))
    run(*apt, "update")
    return apt


def keep_plain_files(folder: Path) -> None:
    """Put copies in place of links to files of the same folder, and drop other links."""
    links = [path for path in folder.rglob("*") if path.is_symlink()]
    contents = {link: link.read_bytes() for link in links if is_own_file(link, folder)}
    for link in links:
        link.unlink()
        if link in contents:
            link.write_bytes(contents[link])


def is_own_file(link: Path, folder: Path) -> bool:
    target = link.resolve()
    return target.is_file() and target.is_relative_to(folder.resolve())


def run(*command: str, folder: Path | None = None) -> str:
    """Return what a command prints; Unavailable when it cannot do its work."""
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_TIME_S,
        )
    except (OSError, subprocess.TimeoutExpired) as why:
        raise Unavailable(f"{command[0]}: {why}") from why
    if done.returncode:
        raise Unavailable(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
    return done.stdout
