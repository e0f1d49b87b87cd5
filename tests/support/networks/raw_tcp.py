"""TCP peers made of frames, at addresses of the link's subnet that no kernel has.

They introduce themselves by ARP, and answer nothing: who uses them says what they send.
"""

import socket
import struct
import time
from typing import Self

from support.networks.impairment import GUEST, Link

FIN, SYN, RST, ACK = 1, 2, 4, 16
HEADER = struct.Struct(">HHIIBBHHH")
ETHERNET, IPV4 = 14, 20
PATIENCE_S = 20


def checksum(data: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def segment(
    source: str,
    ports: tuple[int, int],
    sequence: int,
    acknowledgement: int,
    flags: int,
    payload: bytes = b"",
    window: int = 0xFFFF,
) -> bytes:
    """An IPv4 packet from `source`, behind its Ethernet type."""
    here, there = socket.inet_aton(source), socket.inet_aton(GUEST)
    numbers = (*ports, sequence % 2**32, acknowledgement % 2**32)
    header = HEADER.pack(*numbers, 0x50, flags, window, 0, 0)
    length = len(header) + len(payload)
    pseudo = here + there + struct.pack(">HH", socket.IPPROTO_TCP, length)
    sum_ = struct.pack(">H", checksum(pseudo + header + payload))
    tcp = header[:16] + sum_ + header[18:] + payload
    fields = (0x45, 0, IPV4 + length, 1, 0, 64, socket.IPPROTO_TCP)
    ip = struct.pack(">BBHHHBB", *fields)
    return b"\x08\x00" + ip + struct.pack(">H", checksum(ip + here + there)) + here + there + tcp


class Wire:
    """The host's end of a link, for frames."""

    def __init__(self, link: Link) -> None:
        self._link = link
        link.run("ping", "-c", "1", GUEST)
        fields = link.run("ip", "neighbor", "show", GUEST).stdout.split()
        self._guest = bytes.fromhex(fields[fields.index("lladdr") + 1].replace(":", ""))

    def __enter__(self) -> Self:
        with self._link.host():
            self._end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
            self._end.bind(("host", 0x0800))
        self._end.settimeout(PATIENCE_S)
        self._addresses = self._guest + self._end.getsockname()[4]
        return self

    def __exit__(self, *_: object) -> None:
        self._end.close()

    def appear(self, address: str) -> None:
        """Ask the guest for its address, as ARP does: so it learns who asks (RFC 826)."""
        kind = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1)
        ours = self._addresses[6:] + socket.inet_aton(address)
        self.send(b"\x08\x06" + kind + ours + bytes(6) + socket.inet_aton(GUEST))

    def send(self, packet: bytes) -> int:
        while True:
            try:
                return self._end.send(self._addresses + packet)
            except OSError:  # the interface's queue is full
                time.sleep(0.001)

    def answer(self, address: str, port: int) -> tuple[int, int, int]:
        """Return sequence, acknowledgement and flags of the next segment that goes there."""
        ends_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends_at:
            frame = self._end.recv(2048)
            tcp = frame[ETHERNET + IPV4 :]
            if frame[ETHERNET + 16 :][:4] == socket.inet_aton(address) and len(tcp) >= HEADER.size:
                _, to, sequence, acknowledgement, _, flags, *_ = HEADER.unpack(tcp[: HEADER.size])
                if to == port:
                    return sequence, acknowledgement, flags
        raise TimeoutError(f"no segment to {address}, port {port}")


class Peer:
    """One connection to the guest."""

    def __init__(
        self, wire: Wire, address: str, ports: tuple[int, int], sequence: int = 1000
    ) -> None:
        self._wire = wire
        self._address, self._ports = address, ports
        self.next, self.theirs = sequence, 0

    def open(self) -> None:
        self._wire.appear(self._address)
        self.send(SYN)
        self.theirs, _, flags = self._wire.answer(self._address, self._ports[0])
        assert flags == SYN | ACK
        self.next += 1
        self.theirs += 1
        self.send(ACK)

    def send(
        self, flags: int, payload: bytes = b"", *, ahead: int = 0, window: int = 0xFFFF
    ) -> None:
        numbers = (self.next + ahead, self.theirs)
        self._wire.send(segment(self._address, self._ports, *numbers, flags, payload, window))
