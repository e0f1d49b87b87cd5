"""An initramfs as bytes: a cpio archive, "newc" format (Linux: driver-api/early-userspace)."""

import gzip
import stat
from pathlib import Path

from support.kvm_lab.debian import Linux

INIT = Path(__file__).with_name("init.sh")


def initramfs(linux: Linux, script: str) -> bytes:
    """Return an initramfs that loads the modules, goes into the host's tree and runs `script`."""
    folders = ("bin", "dev", "proc", "sys", "host", "modules")
    archive = b"".join(entry(name, stat.S_IFDIR | 0o755, b"") for name in folders)
    archive += entry("init", stat.S_IFREG | 0o755, INIT.read_bytes())
    archive += entry("script", stat.S_IFREG | 0o755, script.encode())
    archive += entry("bin/busybox", stat.S_IFREG | 0o755, linux.busybox)
    for number, module in enumerate(linux.modules):
        archive += entry(f"modules/{number:02}.ko", stat.S_IFREG | 0o644, module)
    return gzip.compress(archive + entry("TRAILER!!!", 0, b""), compresslevel=1)


def entry(name: str, mode: int, content: bytes) -> bytes:
    """Return one archive member: a header of 13 hexadecimal numbers, the name, the content."""
    path = name.encode() + b"\0"
    numbers = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0)
    header = b"070701" + b"".join(b"%08X" % number for number in numbers)
    return padded(header + path) + padded(content)


def padded(data: bytes) -> bytes:
    """Return `data` filled up to a multiple of 4 bytes."""
    return data + bytes(-len(data) % 4)
