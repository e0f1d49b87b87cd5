"""What a child may take of the host at most: its resource limits (prlimit(2)).

They are set from outside once the child runs, so that nothing has to run between fork and exec. The
limits are lowered, never raised, and stay what they are for children that have ended.
"""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Mapping

DESCRIPTORS = 4096  # of a QEMU: each flow of a user network takes one
_MARGIN_BYTES = 256 << 20  # a process's code, stack and what Linux maps, beside its memory
_GUEST_DESCRIPTORS = 64  # it can open none; these are for its start

Limits = Mapping[int, int]

QEMU: Limits = {
    resource.RLIMIT_CORE: 0,  # a core would hold the guest's memory
    resource.RLIMIT_NOFILE: DESCRIPTORS,
}


def of_guest(
    memory_mib: int, largest_disk_bytes: int = 0, *, serves_directories: bool = False
) -> Limits:
    """Return the limits of a guest that is a process: what its system calls cannot exceed anyway.

    It writes to no file but its disks, which do not grow. One that `serves_directories` starts
    a file server first, which inherits its limits, and then forbids itself more processes. There
    is no limit on CPU time: servers run for as long as they are wanted.
    """
    memory = (memory_mib << 20) + _MARGIN_BYTES
    alone = {resource.RLIMIT_FSIZE: largest_disk_bytes, resource.RLIMIT_NPROC: 0}
    return ({} if serves_directories else alone) | {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _GUEST_DESCRIPTORS,
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_DATA: memory,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }


def confine(pid: int, limits: Limits) -> None:
    """Put a child of ours under limits; nothing happens when it has ended."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        for what, most in limits.items():
            _, hard = resource.prlimit(pid, what)
            # Raising needs CAP_SYS_RESOURCE: a lower limit that is there stays.
            value = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.prlimit(pid, what, (value, value))
