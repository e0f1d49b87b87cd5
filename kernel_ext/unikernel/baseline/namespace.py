"""A network namespace for as long as it is needed.

A process holds it, and dies with the one that wanted it: the kernel then takes the namespace away
with all that is in it (namespaces(7)), interfaces and servers' sockets included. So there is
nothing to delete, and nothing stays after a crash; `ip netns` would leave a name in /run then.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from unikernel.errors import BaselineUnavailable, PackageUnavailable
from unikernel.host.children import die_with_parent
from unikernel.host.distribution import commands
from unikernel_toolchain.tools.requirements import apt_package

CAP_NET_ADMIN, CAP_SYS_ADMIN = 12, 21  # linux/capability.h
_TIME_LIMIT_S = 10.0
_PROGRAMS = ("unshare", "nsenter", "ip")


def why_not() -> str:
    """Return why this process can make no namespace that the host reaches; "" when it can."""
    for name in _PROGRAMS:
        if not shutil.which(name):
            return f"{name} is not installed: sudo apt-get install {apt_package(name)}"
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    held = int(line.split()[1], 16)
    if all(held >> needed & 1 for needed in (CAP_NET_ADMIN, CAP_SYS_ADMIN)):
        return ""
    return "that needs root, or the capabilities CAP_SYS_ADMIN and CAP_NET_ADMIN"


def check() -> None:
    """Raise BaselineUnavailable where no namespace can be made."""
    if reason := why_not():
        raise BaselineUnavailable(
            f"Linux beside a process runs in a network namespace of its own; {reason}.",
            hint="Measure without --baseline, or build for virtio: its baseline is a guest.",
        )


@contextlib.contextmanager
def namespace() -> Iterator[int]:
    """Give the process that holds a new network namespace. Raises BaselineUnavailable."""
    check()
    with subprocess.Popen(
        die_with_parent(("unshare", "--net", "cat")),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as holder:
        try:
            _await_start(holder)
            run("ip", "link", "set", "lo", "up", inside=holder.pid)
            yield holder.pid
        finally:
            holder.kill()


def _await_start(holder: subprocess.Popen[bytes]) -> None:
    """Return when the holder has its namespace: `cat` echoes a line only after `unshare`."""
    assert holder.stdin
    assert holder.stdout
    assert holder.stderr
    with contextlib.suppress(BrokenPipeError):
        holder.stdin.write(b"\n")
        holder.stdin.flush()
    if not holder.stdout.readline():
        error_text = holder.stderr.read().decode(errors="replace").strip()
        raise BaselineUnavailable("A network namespace cannot be made.", detail=error_text)


def enter(holder: int, *argv: str) -> tuple[str, ...]:
    """Return the command that runs `argv` in the namespace."""
    return ("nsenter", f"--net=/proc/{holder}/ns/net", "--", *argv)


def run(*argv: str, inside: int | None = None) -> None:
    """Run a command that soon ends, in the namespace that process `inside` holds if one does.

    Raises BaselineUnavailable.
    """
    command = argv if inside is None else enter(inside, *argv)
    try:
        commands.run(*command, time_limit_s=_TIME_LIMIT_S)
    except PackageUnavailable as error:
        raise BaselineUnavailable(error.what, detail=error.detail, hint=error.hint) from error
