"""Runs QEMU bare and takes the time to a guest's first line."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from unikernel.machines.qemu import accelerator, hypervisor
from unikernel.machines.qemu.command_line import command
from unikernel.machines.qemu.sandbox import sandboxed
from unikernel.model.spec import Spec

if TYPE_CHECKING:
    from pathlib import Path

LIMIT_S = 30.0


def bare_command(image: Path, spec: Spec | None = None) -> list[str]:
    """Return the command the product boots `image` with, its console on the terminal."""
    argv = command(hypervisor.find(), image, spec or Spec(), accelerator.choose().name)
    return sandboxed(argv)


def first_line_ms(argv: list[str]) -> float:
    """Start a program and return the milliseconds to the end of its first line, then stop it.

    Raises RuntimeError when there is no line.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            read_line(process, started + LIMIT_S)
            return (time.perf_counter() - started) * 1000
        finally:
            process.kill()


def processor_ms(argv: list[str], lines: int) -> float:
    """Start a program and return the milliseconds of processor it has used by its nth line.

    What else runs on the machine has next to no part in them. Raises RuntimeError when the program
    does not write so many lines, one by one.
    """
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            for _ in range(lines):
                read_line(process, time.perf_counter() + LIMIT_S)
        finally:
            os.kill(process.pid, signal.SIGKILL)  # process.kill() may wait for it itself
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    return (used.ru_utime + used.ru_stime) * 1000


def read_line(process: subprocess.Popen[bytes], deadline: float) -> None:
    """Read what `process` prints up to the end of a line."""
    assert process.stdout
    output = b""
    while b"\n" not in output:
        readable, _, _ = select.select([process.stdout], [], [], deadline - time.perf_counter())
        chunk = os.read(process.stdout.fileno(), 4096) if readable else b""
        if not chunk:
            argv = " ".join(map(str, process.args))  # type: ignore[arg-type]
            raise RuntimeError(f"no first line from: {argv}\n{output!r}")
        output += chunk
