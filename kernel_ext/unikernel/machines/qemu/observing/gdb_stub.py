"""A client of QEMU's gdb stub that looks at the guest: held, read, let go.

QEMU's monitor can do the same; a look then takes 2.1 ms of the guest's time, where this takes 0.3.

Source: Debugging with GDB, appendix E, "Remote Serial Protocol": packets are `$data#checksum`, each
is acknowledged with `+`, and a byte 3 outside a packet stops a guest that runs.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from pathlib import Path
from typing import Self

from unikernel.errors import HypervisorLost, WrongState
from unikernel.guest.unwinding import Code, Registers
from unikernel.machines.qemu.qmp import QmpSession
from unikernel.machines.sampling import Gone, Sampler
from unikernel_toolchain.binary.call_frames import RETURN_ADDRESS

_ANSWER_S = 2.0  # in which a stub answers that serves us
_MOST_BYTES = 1 << 16  # of an answer
_INTERRUPT, _ACK = b"\x03", b"+"
_STOP_REPLIES = (b"T", b"S")
_STI_HLT = b"\xfb\xf4"  # how a guest waits: platform/virtio/idle.c
_DWARF = (0, 3, 2, 1, 4, 5, 6, 7, *range(8, 17))  # by their order in gdb's `g`: rax rbx rcx rdx …
_REGISTERS = struct.Struct("<17Q")
_CHARDEV = "gdb"  # the label of the stub's own


class GdbStub(Sampler):
    """One connection to the stub, which holds the guest from its beginning."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX)
        self._received = b""
        self._stopped = False

    def __enter__(self) -> Self:
        self._socket.settimeout(_ANSWER_S)
        try:
            self._socket.connect(str(self._path))
            self._ask(b"g")  # who connects holds the guest
            self.let_go()
        except (OSError, Gone) as problem:
            self._socket.close()
            raise HypervisorLost("QEMU's gdb stub does not answer.") from problem
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def hold(self) -> Registers:
        """Stop the guest and return its registers."""
        self._stopped = False
        self._send(_INTERRUPT)
        answer = self._ask(b"g")
        if not self._stopped:  # by us: somebody else did
            raise Gone
        try:
            values = _REGISTERS.unpack(bytes.fromhex(answer.decode("ascii"))[: _REGISTERS.size])
        except (ValueError, struct.error):
            raise Gone from None
        return dict(zip(_DWARF, values, strict=True))

    def read(self, address: int, size: int) -> bytes:
        """Return bytes of its memory; none where an address is mapped nowhere."""
        answer = self._ask(b"m%x,%x" % (address, size))
        try:
            return bytes.fromhex(answer.decode("ascii"))
        except ValueError:  # E and a number
            return b""

    def let_go(self) -> None:
        """Let it run."""
        self._send(b"$c#63")

    def waits(self, code: Code, registers: Registers) -> bool:
        """Whether it halted: the last instruction was one that waits for an interrupt."""
        at = registers[RETURN_ADDRESS] - code.begin
        return at >= len(_STI_HLT) and code.content[at - len(_STI_HLT) : at] == _STI_HLT

    def _ask(self, packet: bytes) -> bytes:
        """Send a packet and return the answer; what comes before it tells of a stop."""
        self._send(b"$%b#%02x" % (packet, sum(packet) & 0xFF))
        while (answer := self._packet()).startswith(_STOP_REPLIES):
            self._stopped = True
        return answer

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError:
            raise Gone from None

    def _packet(self) -> bytes:
        """Return what the next packet says."""
        try:
            while (end := self._received.find(b"#")) < 0 or len(self._received) < end + 3:
                data = self._socket.recv(_MOST_BYTES)
                if not data or len(self._received) > _MOST_BYTES:
                    raise Gone
                self._received += data
        except OSError:
            raise Gone from None
        packet, self._received = self._received[:end], self._received[end + 3 :]
        self._send(_ACK)
        return packet[packet.find(b"$") + 1 :]


async def require_unused(session: QmpSession, name: str) -> None:
    """Raise WrongState where a debugger has the stub, which serves one at a time."""
    devices = await session.execute("query-chardev")
    labels = [one["label"] for one in devices] if isinstance(devices, list) else []
    if _CHARDEV in labels:
        raise WrongState(
            f"{name!r} cannot be profiled: a debugger may hold it, and there is one at a time.",
            hint="End the debugger first.",
        )


async def open_stub(session: QmpSession, path: Path) -> None:
    """Have QEMU's stub listen at a path."""
    quoted = str(path).replace(",", ",,")
    await _monitor(session, f"gdbserver unix:{quoted},server=on,wait=off")


async def close_stub(session: QmpSession, path: Path) -> None:
    """Have it listen no more."""
    with contextlib.ExitStack() as after:
        after.callback(path.unlink, missing_ok=True)
        await _monitor(session, "gdbserver none")


async def _monitor(session: QmpSession, line: str) -> None:
    await session.execute("human-monitor-command", {"command-line": line})
