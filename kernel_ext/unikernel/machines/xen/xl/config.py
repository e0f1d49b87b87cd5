"""A domain's configuration as xl reads it (xl.cfg(5)): pure functions.

Whatever a user may choose stands in a string of it. Such a string may hold anything but NUL, with a
backslash before quotes, backslashes and, as letters, line ends (tools/libs/util/libxlu_cfg.c).
Bytes by their numbers are no way: xl 4.17 misreads them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass

from unikernel.errors import UsageError

MOST_DISKS = 8
DOM0 = "Domain-0"  # as xen-init-dom0 calls it
_NAME_LENGTH = 40  # of a domain's name; longer ones make `xl list` hard to read


@dataclass(frozen=True)
class Vif:
    """A network device: the bridge in dom0 that its back end joins, the address it has."""

    bridge: str
    mac: str
    mtu: int | None = None


@dataclass(frozen=True)
class Vbd:
    """A block device: the block device of dom0 that is behind it."""

    path: str
    read_only: bool


@dataclass(frozen=True)
class DomainConfig:
    """All that xl must know of a domain; `kernel` is the path of its image in dom0.

    `ramdisk` is that of a Linux's first file system, "" where there is none. With `native_tsc` Xen
    leaves RDTSC to the processor, whatever it thinks of that one. `vdevs` has for each of `vbds`
    which disk of Xen's it is: xvda.
    """

    name: str
    kernel: str
    command_line: str
    memory_mib: int
    vifs: Sequence[Vif] = ()
    vbds: Sequence[Vbd] = ()
    vdevs: Sequence[str] = ()
    ramdisk: str = ""
    native_tsc: bool = False

    def text(self) -> str:
        """Return the file's text. Raises UsageError for a NUL in it.

        There is one virtual CPU, which is to be said: without, Xen keeps memory for more of them.
        A domain that ended, however that was, stays to be looked at until it is destroyed.
        """
        lines = [
            ("name", _quoted(self.name)),
            ("type", _quoted("pvh")),
            ("kernel", _quoted(self.kernel)),
            *((("ramdisk", _quoted(self.ramdisk)),) if self.ramdisk else ()),
            ("cmdline", _quoted(self.command_line)),
            ("memory", str(self.memory_mib)),
            ("vcpus", "1"),
            *((("tsc_mode", _quoted("native")),) if self.native_tsc else ()),
            ("vif", _listed([_vif(one) for one in self.vifs])),
            ("disk", _listed(list(map(_vbd, self.vbds, self.vdevs)))),
            *((f"on_{event}", _quoted("preserve")) for event in ("poweroff", "reboot", "crash")),
            ("on_watchdog", _quoted("preserve")),
        ]
        return "".join(f"{key} = {value}\n" for key, value in lines)

    def options(self) -> list[str]:
        """Return the same as words behind `xl create /dev/null`, of which each is a line."""
        return self.text().splitlines()


def domain_name(machine: str, taken: Container[str]) -> str:
    """Return a name for the domain of a machine: like the machine's, but none of those `taken`.

    What is no ASCII letter or digit becomes a dash. No name begins with a digit: xl would take it
    for a domain's number.
    """
    ascii_name = unicodedata.normalize("NFKD", machine).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9_.+]+", "-", ascii_name).strip("-.+")[:_NAME_LENGTH] or "guest"
    stem = slug if slug[0].isalpha() else f"uk-{slug}"
    candidates = (stem, *(f"{stem}-{number}" for number in range(2, 10_000)))
    return next(one for one in candidates if one != DOM0 and one not in taken)


def _vif(vif: Vif) -> str:
    mtu = f",mtu={vif.mtu}" if vif.mtu else ""
    return f"mac={vif.mac},bridge={vif.bridge}{mtu}"


def _vbd(vbd: Vbd, vdev: str) -> str:
    access = "ro" if vbd.read_only else "rw"
    return f"format=raw, vdev={vdev}, access={access}, backendtype=phy, target={vbd.path}"


def _listed(values: Sequence[str]) -> str:
    return f"[ {', '.join(map(_quoted, values))} ]" if values else "[ ]"


def _quoted(text: str) -> str:
    if "\0" in text:
        raise UsageError("What a domain is told has no NUL.")
    escaped = text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'"{escaped}"'
