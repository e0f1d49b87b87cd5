"""Packages that are to be installed: which are missing here, and the command that brings them."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from unikernel.errors import PackageUnavailable
from unikernel_toolchain.tools import requirements

EXAMINED = ("build", "libraries", "machines", "debugging", "xen")  # groups that doctor looks for
GROUPS = (*EXAMINED, "measurements")
_FAMILIES = {"debian": "Debian", "ubuntu": "Ubuntu"}
_ANSWER_TIME_LIMIT_S = 20.0
_PROGRAMS = ("dpkg-query", "apt-get")
_INSTALL = ("apt-get", "install", "--no-install-recommends")
_UNIVERSE = "\nUbuntu keeps them in its part universe: sudo add-apt-repository universe"


@dataclass(frozen=True)
class Missing:
    """Packages that are not installed, on a release whose packages they are."""

    release: str
    packages: tuple[str, ...]

    def command(self, *, root: bool) -> str:
        """Return the line that a person types to install them, as root or not."""
        update, install = (shlex.join(_as_root(words, root=root)) for words in self._commands())
        return f"{update} && {install}"

    def install(self) -> None:
        """Install them, with apt's output where ours goes, and no question but sudo's.

        apt has limits of its own for what does not answer, and is not to be ended amid its work.
        Raises PackageUnavailable.
        """
        quietly = ("env", "DEBIAN_FRONTEND=noninteractive")
        for program, *words in self._commands():
            argv = _as_root((*quietly, program, "--yes", *words), root=is_root())
            if subprocess.run(argv, stdin=subprocess.DEVNULL, check=False).returncode:
                raise PackageUnavailable(
                    f"This failed, and what is above says why: {shlex.join(argv)}",
                    hint=f"The packages are those of {self.release}. Is the network there, and no "
                    f"other apt at work?{_UNIVERSE if self.release.startswith('Ubuntu') else ''}",
                )

    def _commands(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("apt-get", "update"), (*_INSTALL, *self.packages)


def missing(*groups: str) -> Missing:
    """Return which packages of these groups of apt_packages.txt are not installed.

    Raises PackageUnavailable, with their names, where apt or the release is none that has them.
    """
    wanted = requirements.apt_packages(*groups)
    release = _release()
    if trouble := _why_not_here(release):
        hint = f"Install what these packages of Debian's bring: {' '.join(wanted)}"
        raise PackageUnavailable(trouble, hint=hint)
    return Missing(release, tuple(name for name in wanted if name not in _installed(wanted)))


def _why_not_here(release: str) -> str:
    """Return why packages cannot be installed on this host, "" where they can."""
    if release not in requirements.DISTRIBUTIONS:
        *others, last = requirements.DISTRIBUTIONS
        return f"Packages are known for {', '.join(others)} and {last} alone; this is {release}."
    lacking = [program for program in _PROGRAMS if not shutil.which(program)]
    return f"{' and '.join(lacking)} cannot be found in PATH on this {release}." if lacking else ""


def is_root() -> bool:
    """Return whether this process may install packages as it is."""
    return os.geteuid() == 0


def can_become_root() -> bool:
    """Return whether a command could be root's: this process is, or there is sudo."""
    return is_root() or shutil.which("sudo") is not None


def _as_root(words: Sequence[str], *, root: bool) -> tuple[str, ...]:
    return tuple(words) if root else ("sudo", *words)


def _release() -> str:
    """Return the distribution and its version, as requirements.DISTRIBUTIONS has them."""
    try:
        said = platform.freedesktop_os_release()
    except OSError:
        return f"{platform.system()} without /etc/os-release"
    family = _FAMILIES.get(said["ID"])
    return f"{family} {said.get('VERSION_ID', '')}".strip() if family else said["PRETTY_NAME"]


def _installed(packages: Sequence[str]) -> set[str]:
    """Return those among these packages that are installed whole."""
    asked = ("dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\\n", *packages)
    done = subprocess.run(
        asked,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_ANSWER_TIME_LIMIT_S,
    )  # fails where one is unknown, and tells of the others
    lines = (line.split() for line in done.stdout.splitlines())
    return {name for name, *status in lines if status == ["installed"]}
