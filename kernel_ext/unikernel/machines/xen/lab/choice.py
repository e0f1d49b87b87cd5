"""Which packages the lab is made of.

The distribution says in its packages' dependencies which Xen and which kernel there are:

    xen-system-amd64 ── xen-hypervisor-4.17-amd64: the hypervisor
                     └─ xen-utils-4.17: xl, xenstored, ... ── what they load
    linux-image-amd64 ── linux-image-6.1.0-57-amd64: kernel and modules

To ask apt takes two seconds, so its answer is kept until the system's package lists change.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from unikernel.errors import LabUnavailable, PackageUnavailable
from unikernel.host.distribution import packages
from unikernel.host.distribution.packages import Apt, Package
from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.tools.run import Stop

XEN = "xen-system-amd64"
KERNELS = ("linux-image-amd64", "linux-image-generic")  # Debian's, Ubuntu's
SHELL = "busybox-static"
TOOLS = "xenstore-utils"
LISTS = Path("/var/lib/apt/lists")
_HINT = (
    f"It is made from the packages {XEN} and {KERNELS[0]}, as Debian has them; the first time "
    "needs the network."
)


@dataclass(frozen=True)
class Choice:
    """Packages with their versions, all that the lab is made of, and how they are fetched."""

    apt: Apt
    versions: Mapping[str, str]

    @property
    def xen_version(self) -> str:
        """Xen's version, such as "4.17.7"."""
        found = [text for name, text in self.versions.items() if name.startswith("xen-hyperv")]
        return re.split(r"[+~-]", found[0])[0]

    def digest(self, *more: str) -> str:
        """Return a word that changes with the packages, and with `more`."""
        lines = (*(f"{name} {version}" for name, version in self.versions.items()), *more)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def choose(stop: Stop) -> Choice:
    """Return what this distribution has. Raises LabUnavailable where that is no Xen."""
    if known := chosen(stop):
        return known
    stamp, choice = _lists_stamp(), _ask(stop)
    kept = {"lists": stamp, "options": choice.apt.options, "versions": choice.versions}
    with contextlib.suppress(OSError, ToolchainError):  # unkept, apt is asked again
        integrity.write_record(_record(), kept)
    return choice


def chosen(stop: Stop | None = None) -> Choice | None:
    """Return what was chosen while the package lists were as they are; None when nothing was."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, ToolchainError):
        known = integrity.read_record(_record())
        if known["lists"] == _lists_stamp():
            return Choice(Apt(tuple(known["options"]), stop), dict(known["versions"]))
    return None


def _record() -> Path:
    return cache.root() / "xen" / "choice.json"


def _lists_stamp() -> int:
    try:
        return LISTS.stat().st_mtime_ns
    except OSError:
        return 0


def _ask(stop: Stop) -> Choice:
    try:
        return _choose(Apt(stop=stop))
    except (PackageUnavailable, LabUnavailable):
        pass
    try:
        return _choose(packages.with_own_lists(stop))
    except PackageUnavailable as problem:
        raise LabUnavailable(
            "The Xen lab cannot be made: apt finds no packages of Xen.",
            detail=f"{problem.what}\n{problem.detail}".strip(),
            hint=_HINT,
        ) from problem


def _choose(apt: Apt) -> Choice:
    known = apt.known(XEN, TOOLS, SHELL, *KERNELS)
    hypervisor = _needed(known, XEN, r"xen-hypervisor-[\d.]+-amd64")
    utilities = _needed(known, XEN, r"xen-utils-[\d.]+")
    kernels = [_needed(known, name, r"linux-image-\d\S+") for name in KERNELS]
    kernel = next(filter(None, kernels), "")
    if not (hypervisor and utilities and kernel and {TOOLS, SHELL} <= known.keys()):
        raise LabUnavailable(
            "The Xen lab cannot be made: this distribution has no Xen with a Linux for its dom0.",
            hint=_HINT,
        )
    programs = packages.closure(known, (utilities, TOOLS), lambda one: one.section == "libs")
    everything = (hypervisor, kernel, SHELL, *programs)
    return Choice(apt, {name: known[name].version for name in everything})


def _needed(known: Mapping[str, Package], package: str, pattern: str) -> str:
    """Return what a package needs by a name like this; "" when there is none, or no package."""
    needs = known[package].needs if package in known else ()
    return next((name for name in needs if name in known and re.fullmatch(pattern, name)), "")
