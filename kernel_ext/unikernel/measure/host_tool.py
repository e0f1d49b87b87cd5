"""Tools of the host that measure: started, watched, and ended with whoever waits for them.

The toolchain's `run` takes a program to its end in one wait; here somebody looks in while it works
(`tick`), for the live picture of a throughput.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from unikernel.errors import MeasurementFailed
from unikernel_toolchain.tools.locate import install_hint
from unikernel_toolchain.tools.requirements import apt_package
from unikernel_toolchain.tools.run import CompletedProcess

TICK_S = 0.25  # between two looks at a tool at work
GRACE_S = 20.0  # in which a tool ends after its time

Tick = Callable[[int, float], None]
SoFar = Callable[[str], None]


def find(name: str) -> str:
    """Return the tool's path. Raises MeasurementFailed with the package to install."""
    found = shutil.which(name)
    if not found:
        raise MeasurementFailed(
            f"This measurement is {name}'s work, which is not installed.",
            hint=install_hint(apt_package(name)),
        )
    return found


@functools.cache
def version(path: str, flag: str = "--version") -> str:
    """Return the version a tool prints; "unknown" when it prints none."""
    done = subprocess.run((path, flag), capture_output=True, text=True, timeout=10)
    found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
    return found[0] if found else "unknown"


def run(
    argv: Sequence[str],
    seconds: float,
    tick: Tick = lambda _pid, _elapsed: None,
    so_far: SoFar | None = None,
) -> CompletedProcess:
    """Run a tool that takes about `seconds`.

    While it works `tick(pid, elapsed_s)` is called, and `so_far` with what it wrote. Raises
    MeasurementFailed when it does not end.
    """
    begun = time.monotonic()
    # Files, not pipes: a tool that writes more than a pipe holds would wait for a reader.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        ) as process:
            try:
                while (status := _status(process)) is None:
                    elapsed_s = time.monotonic() - begun
                    tick(process.pid, elapsed_s)
                    if so_far:
                        so_far(_written(output))
                    if elapsed_s > seconds + GRACE_S:
                        raise MeasurementFailed(
                            f"{Path(argv[0]).name} did not end in {elapsed_s:.0f} s.",
                            detail=shlex.join(argv),
                            hint="The guest may have stopped answering in the middle.",
                        )
            finally:
                process.kill()
        output.seek(0)
        errors.seek(0)
        stdout, stderr = (file.read().decode(errors="replace") for file in (output, errors))
        return CompletedProcess(argv, status, stdout, stderr)


def _written(output: IO[bytes]) -> str:
    """Return what is in a file to which a tool writes, whose place in it stays."""
    descriptor = output.fileno()
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")


def _status(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(TICK_S)
    except subprocess.TimeoutExpired:
        return None
