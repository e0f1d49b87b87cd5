"""What the lab takes of this host: disk while it is made, memory and descriptors while it runs."""

from __future__ import annotations

import re
import resource
import shutil
from collections.abc import Mapping
from pathlib import Path

from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.store import cache

from . import command_line

DISK_MIB = 200  # of the cache: what the packages give, and the saved memory
ADDRESSES_MIB = command_line.MEMORY_MIB + command_line.TRANSLATION_MIB + 384
DESCRIPTORS = 32
THREADS = 16

# The words of strerror(3): ENOMEM, EMFILE and ENFILE, EAGAIN of a thread that is not to be had.
_OF_THE_HOST = re.compile(
    r"Cannot allocate memory|Too many open files|Resource temporarily unavailable|out of memory",
    re.IGNORECASE,
)
# By resource: its flag of ulimit, the unit there, and how much is wanted in it.
_LIMITS: Mapping[int, tuple[str, int, int]] = {
    resource.RLIMIT_AS: ("-v", 1024, ADDRESSES_MIB << 10),
    resource.RLIMIT_DATA: ("-d", 1024, ADDRESSES_MIB << 10),
    resource.RLIMIT_NOFILE: ("-n", 1, DESCRIPTORS),
    resource.RLIMIT_NPROC: ("-u", 1, THREADS),
}


def is_of_the_host(words: str) -> bool:
    """Whether what QEMU said last is that this host has not, or does not give, what it needs."""
    return bool(_OF_THE_HOST.search(words))


def limits() -> str:
    """Return which limits of this process are too low for the lab, in a sentence; "" for none."""
    low = []
    for what, (flag, unit, wanted) in _LIMITS.items():
        soft, _ = resource.getrlimit(what)
        if soft != resource.RLIM_INFINITY and soft < wanted * unit:
            low.append(f"ulimit {flag} is {soft // unit}, and the lab needs {wanted}")
    return f"A limit is too low here: {'; '.join(low)}." if low else ""


def room_missing(folder: Path) -> str:
    """Return in a phrase how much room the disk of a folder has, where that is not enough."""
    free_mib = shutil.disk_usage(folder).free >> 20
    return f"takes some {DISK_MIB} MiB, and {free_mib} MiB are free" if free_mib < DISK_MIB else ""


def check_room(folder: Path) -> None:
    """Raise ToolchainError where the disk has no room for a lab."""
    if missing := room_missing(folder):
        raise ToolchainError(
            f"The Xen lab {missing} in {visible(str(cache.root()))}.",
            hint=f"Make room, or set {os_errors.CACHE} to a folder on another disk.",
        )
