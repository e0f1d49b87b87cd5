"""Looks at a process of ours with ptrace(2): held without a signal, read, let go.

PTRACE_SEIZE and PTRACE_INTERRUPT stop it as no signal does: neither the guest nor who waits for
its stops learns of that. All requests come from the one thread that seized it; its stops are
reported to whoever of this process waits for it first, which is the thread of `ImageProcess`: that
passes them on (`Traps`). A parent may do this under Yama (ptrace_scope 1), too, where strangers may
not.
"""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import struct
from pathlib import Path
from typing import Self

from unikernel.errors import UsageError
from unikernel.guest.unwinding import Registers
from unikernel.machines.sampling import Gone, Sampler

SEIZE, INTERRUPT, GETREGS, CONT, DETACH = 0x4206, 0x4207, 12, 7, 17
_STOP_S = 2.0  # in which a process stops that is told to
_EVENT_STOP = 128 << 8  # PTRACE_EVENT_STOP, in a stop's status above the signal
_HELD = signal.SIGTRAP | _EVENT_STOP
# struct user_regs_struct (sys/user.h) by DWARF's numbers; -1 are those that nobody asks for.
_ORDER = (15, 14, 13, 12, 6, 3, 11, 10, 9, 8, 0, 2, 1, 4, 5, -1, 16, -1, -1, 7)
_REGISTERS = struct.Struct(f"<{len(_ORDER)}Q")
_USER_REGS_BYTES = 27 * 8

Traps = queue.SimpleQueue[int]  # the status of each stop of a process that is traced; -1: its end

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_libc.ptrace.restype = ctypes.c_long


class Ptrace(Sampler):
    """One process, from when it is seized."""

    def __init__(self, pid: int, traps: Traps) -> None:
        self._pid = pid
        self._traps = traps
        self._memory = -1

    def __enter__(self) -> Self:
        try:
            self._memory = os.open(f"/proc/{self._pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
            self._request(SEIZE)
        except OSError as problem:
            self._close()
            raise UsageError(
                f"Process {self._pid} cannot be looked at: {problem.strerror}.",
                hint="A debugger may hold it, or this host forbids ptrace(2) "
                "(kernel.yama.ptrace_scope, a container's seccomp). Under QEMU it works without: "
                "build -t virtio.",
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        """Let it go, held once more: only then can it be detached from."""
        try:
            self._hold()
            self._request(DETACH)
        except (Gone, OSError):
            pass  # it has ended, or goes on with the stop that somebody else asked for
        finally:
            self._close()

    def _close(self) -> None:
        if self._memory >= 0:
            os.close(self._memory)
            self._memory = -1

    def idle(self) -> bool:
        """Whether it sleeps in a system call."""
        try:
            stat = Path(f"/proc/{self._pid}/stat").read_bytes()
        except OSError:
            return False
        return stat.rpartition(b") ")[2][:1] == b"S"

    def hold(self) -> Registers:
        """Hold it and return its registers."""
        self._hold()
        buffer = ctypes.create_string_buffer(_USER_REGS_BYTES)
        self._ask(GETREGS, buffer=buffer)
        values = zip(_ORDER, _REGISTERS.unpack_from(buffer), strict=True)
        return {number: value for number, value in values if number >= 0}

    def _hold(self) -> None:
        self._ask(INTERRUPT)
        while (status := self._stop()) != _HELD:
            if status & _EVENT_STOP:  # somebody stops it with a signal: that goes on without us
                self._ask(DETACH)
                raise Gone
            self._ask(CONT, status)  # a signal that it would have got anyway

    def _stop(self) -> int:
        try:
            status = self._traps.get(timeout=_STOP_S)
        except queue.Empty:
            raise Gone from None
        if status < 0:
            raise Gone
        return status

    def read(self, address: int, size: int) -> bytes:
        """Return bytes of its memory."""
        try:
            return os.pread(self._memory, size, address)
        except (OSError, OverflowError):
            return b""

    def let_go(self) -> None:
        """Let it go on."""
        self._ask(CONT)

    def _ask(self, what: int, number: int = 0, buffer: object = None) -> None:
        try:
            self._request(what, number, buffer)
        except OSError:
            raise Gone from None

    def _request(self, what: int, number: int = 0, buffer: object = None) -> None:
        data = buffer if buffer is not None else number
        if _libc.ptrace(what, self._pid, None, data) < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
