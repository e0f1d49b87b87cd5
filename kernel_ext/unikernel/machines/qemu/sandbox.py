"""QEMU's own sandbox: a seccomp filter against system calls that carrying a guest does not need.

It starts no programs, changes no user and no scheduling. Builds without seccomp refuse the option,
and so do hosts whose kernel takes no filter: QEMU is asked, once per program and boot of the host.
`-M help` ends QEMU after the filter was installed, without a machine.
"""

from __future__ import annotations

import contextlib
import subprocess
from functools import lru_cache
from pathlib import Path

from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.store import cache, integrity

from . import hypervisor

FLAGS = (
    "-sandbox",
    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
)
_ANSWER_TIME_S = 3.0


def sandboxed(command: list[str]) -> list[str]:
    """Return a QEMU's command with its sandbox, where that works."""
    program, *argv = command
    return [program, *(FLAGS if works(program) else ()), *argv]


def works(program: str) -> bool:
    """Whether the QEMU at `program` runs in its sandbox on this host."""
    conditions = f"{hypervisor.identity(program)} {hypervisor.host_boot()} {FLAGS[-1]}"
    return _works(program, conditions)


@lru_cache(maxsize=8)
def _works(program: str, conditions: str) -> bool:
    with contextlib.suppress(OSError, ValueError, TypeError, ToolchainError, KeyError):
        known = integrity.read_record(_record())
        if known["conditions"] == conditions:
            return bool(known["works"])
    answer = _ask(program)
    if answer is None:
        return True
    with contextlib.suppress(OSError, ToolchainError):  # unkept, it is asked again
        integrity.write_record(_record(), {"conditions": conditions, "works": answer})
    return answer


def _record() -> Path:
    return cache.root() / "sandbox.json"


def _ask(program: str) -> bool | None:
    """Try it; None when QEMU does not answer in time, as on a very busy host."""
    try:
        done = subprocess.run(
            (program, *FLAGS, "-M", "help"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_ANSWER_TIME_S,
        )
    except subprocess.TimeoutExpired:
        return None
    except OSError:
        return False
    return done.returncode == 0
