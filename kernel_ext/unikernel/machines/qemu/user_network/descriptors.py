"""Whether a QEMU has descriptors left for the flows of its user networks.

Every flow of a guest takes one, a UDP flow for minutes; a guest can open as many as it likes. QEMU
says nothing when they are used up: it drops what is new.
"""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Callable

INTERVAL_S = 1.0
_SPARE = 8  # so few are as good as none


async def watch(pid: int, notify: Callable[[str], None]) -> None:
    """Look again and again until cancelled or the process has ended.

    `notify(why)` is called when new flows are dropped, and `notify("")` when they are taken again.
    """
    told = ""
    try:
        while True:
            await asyncio.sleep(INTERVAL_S)
            why = _lacking(pid)
            if why != told:
                notify(why)
                told = why
    except (ProcessLookupError, FileNotFoundError, PermissionError):
        pass


def _lacking(pid: int) -> str:
    limit, _ = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 (thousands of names)
    if not used:  # as Linux says of a process that is ending: nothing is free again
        raise ProcessLookupError
    if used < limit - _SPARE:
        return ""
    return f"all {limit} descriptors of its QEMU are in use, and new flows are dropped"
