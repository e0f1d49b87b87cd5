"""Guests of a few instructions, made here byte by byte: no compiler, no library OS.

An image is a 64-bit ELF with a PVH note (Xen note type 18). Its code runs in 32-bit protected
mode with interrupts off.
"""

import struct
from pathlib import Path

from support.images import devices_of, image_of
from unikernel_toolchain.model.image import Image

CONSOLE, TRACE, EXIT, PANIC = 0x3F8, 0xE9, 0x501, 0x505
LOAD_ADDRESS = 0x100000

DEAF = b""  # QEMU alone hears
LOOP = b"\xeb\xfe"  # jmp to itself
TRIPLE_FAULT = b"\x0f\x01\x1d" + struct.pack("<I", 0x500) + b"\xcc"  # lidt 0x500; int3
ECHO = bytes.fromhex(
    "66bafd03"  # 0: mov $0x3fd, %dx
    "ec"  # 4: in (%dx), %al
    "a801"  # 5: test $1, %al
    "74fb"  # 7: jz 4
    "66baf803"  # 9: mov $0x3f8, %dx
    "ec"  # d: in (%dx), %al
    "ee"  # e: out %al, (%dx)
    "ebef"  # f: jmp 0
)


def out(port: int, data: bytes) -> bytes:
    """Code that writes bytes to a port."""
    return b"\x66\xba" + struct.pack("<H", port) + b"".join(b"\xb0%c\xee" % byte for byte in data)


def say(text: str) -> bytes:
    return out(CONSOLE, text.encode())


def stamp(milestone: int) -> bytes:
    """Code that traces a milestone with the time stamp counter, low byte first; its clock first."""
    four_bytes = b"\xee" + b"\xc1\xe8\x08\xee" * 3  # out %al, (%dx); 3 times shr $8, %eax and out
    return (
        out(TRACE, b"H" + (1_000_000_000).to_bytes(8, "little") + b"T%c" % milestone)
        + b"\x0f\x31\x89\xd3"  # rdtsc; mov %edx, %ebx
        + out(TRACE, b"")[:4]  # mov $port, %dx
        + four_bytes
        + b"\x89\xd8"  # mov %ebx, %eax
        + four_bytes
    )


def trace_ending(kind: int, status: int, text: str = "") -> bytes:
    message = b"M" + struct.pack("<H", len(text.encode())) + text.encode() if text else b""
    return out(TRACE, message + b"X" + struct.pack("<BI", kind, status))


def leave(value: int) -> bytes:
    """Code that ends QEMU through isa-debug-exit."""
    return out(EXIT, bytes([value])) + LOOP


# Says a line and traces its boot.
TRACED = b"".join(map(stamp, range(1, 5))) + say("hello\n") + stamp(5)


def elf(code: bytes, extra_memory: int = 0) -> bytes:
    header_size, segment_size = 64, 56
    note_at = header_size + 2 * segment_size
    note_size = 20
    entry = LOAD_ADDRESS + note_at + note_size
    note = struct.pack("<III4sI", 4, 4, 18, b"Xen\0", entry)
    size = note_at + note_size + len(code)
    header = (
        b"\x7fELF\x02\x01\x01"
        + bytes(9)
        + struct.pack(
            "<HHIQQQIHHHHHH",
            2,
            62,
            1,
            entry,
            header_size,
            0,
            0,
            header_size,
            segment_size,
            2,
            64,
            0,
            0,
        )
    )
    load = struct.pack(
        "<IIQQQQQQ", 1, 7, 0, LOAD_ADDRESS, LOAD_ADDRESS, size, size + extra_memory, 4096
    )
    at = LOAD_ADDRESS + note_at
    notes = struct.pack("<IIQQQQQQ", 4, 4, note_at, at, at, note_size, note_size, 4)
    return header + load + notes + note + code


def image(
    folder: Path,
    code: bytes,
    name: str = "tiny",
    extra_memory: int = 0,
    nets: tuple[str, ...] = (),
    blocks: tuple[str, ...] = (),
) -> Image:
    """An image of `code` in `folder`."""
    path = folder / f"{name}.elf"
    path.write_bytes(elf(code, extra_memory))
    return image_of(path, name, target="virtio", devices=devices_of(nets, blocks))
