"""Finding QEMU."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import subprocess
from pathlib import Path

from unikernel.errors import HypervisorMissing
from unikernel_toolchain.tools import locate
from unikernel_toolchain.tools.requirements import apt_package

PROGRAM = "qemu-system-x86_64"
OVERRIDE = "QEMU_SYSTEM_X86_64"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def find(what: str = "Booting") -> str:
    """Return the path of QEMU: $QEMU_SYSTEM_X86_64, or the one on PATH.

    Raises HypervisorMissing with `what` needs it, and the package to install.
    """
    found = locate.find(PROGRAM)
    if found:
        return str(found)
    if OVERRIDE in os.environ:
        raise HypervisorMissing(
            f"{OVERRIDE} says {os.environ[OVERRIDE]!r}, which is no program.",
            hint=f"Correct or unset the environment variable {OVERRIDE}.",
        )
    raise HypervisorMissing(
        f"{what} needs QEMU, and there is no {PROGRAM} on PATH.",
        hint=locate.install_hint(apt_package(PROGRAM)),
    )


def identity(program: str) -> str:
    """Return a word that changes when the program at `program` does."""
    status = Path(program).stat()
    return f"{program}:{status.st_mtime_ns}:{status.st_size}"


def host_boot() -> str:
    """Return a word that changes when the host boots; "" where /proc does not tell."""
    with contextlib.suppress(OSError):
        return _BOOT_ID.read_text(encoding="ascii").strip()
    return ""


def version(program: str) -> str:
    """Return QEMU's version, such as "7.2.22"; "unknown" when it does not tell."""
    return _version(program, identity(program))


@functools.lru_cache(maxsize=8)
def _version(program: str, _identity: str) -> str:
    try:
        stdout = subprocess.run(
            (program, "--version"), capture_output=True, text=True, check=False, timeout=10
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    match = re.search(r"version (\S+)", stdout)
    return match[1] if match else "unknown"
