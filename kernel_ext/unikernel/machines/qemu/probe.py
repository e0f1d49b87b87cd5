"""The probe guest: the library OS's own smallest image, run to prove that KVM carries guests.

Some hosts' KVM runs a few instructions and then gives up, at the first SSE instruction or in real
mode; on others it opens and runs nothing. So the probe does what every guest needs: long mode, page
tables, SSE, a timer whose interrupt ends a halt, both clocks. Its exit status comes from the
isa-debug-exit port and from nowhere else.
"""

from __future__ import annotations

import hashlib
import subprocess
from importlib.resources import files
from pathlib import Path

import unikernel_toolchain as toolchain
from unikernel.host.children import die_with_parent
from unikernel.model.spec import Spec

from . import error_messages
from .command_line import command

PROOF = 42  # the status that probe.c ends with
EXIT_STATUS = PROOF << 1 | 1  # what isa-debug-exit makes of it
MEMORY_MIB = 8


def source() -> str:
    """Return the probe's program."""
    return (files(__package__) / "probe.c").read_text(encoding="utf-8")


def identity() -> str:
    """Return a word that changes when the probe does."""
    return hashlib.sha256(source().encode()).hexdigest()[:16]


def image() -> Path:
    """Return the probe's image, built the first time. Raises ToolchainError."""
    config = toolchain.Config(
        name="accelerator-probe",
        sources={"probe.c": source()},
        language="c",
        without_passes=("symbols",),
    )
    return toolchain.build(config).path


def why_not(qemu: str, probe: Path, accelerator: str, time_s: float) -> str:
    """Run `probe` under `accelerator` for `time_s` at most; return why it did not pass, or ""."""
    argv = command(qemu, probe, Spec(memory_mib=MEMORY_MIB), accelerator)
    try:
        ended = subprocess.run(
            die_with_parent(argv),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=time_s,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as late:  # a QEMU whose KVM gave up says so and stays
        message = error_messages.first(late.stderr)
        return (
            f"gave up on a probe guest: {message}" if message else f"hung a guest for {time_s:g} s"
        )
    except OSError as problem:
        return f"could not be tried: {problem.strerror}"
    if ended.returncode == EXIT_STATUS:
        return ""
    message = error_messages.first(ended.stderr) or f"status {ended.returncode}"
    return f"did not run a probe guest: {message}"
