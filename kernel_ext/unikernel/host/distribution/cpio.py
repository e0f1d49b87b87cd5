"""Initial RAM file systems: cpio archives in the "newc" format (Linux: initramfs buffer format)."""

from __future__ import annotations

from collections.abc import Mapping

FOLDER, FILE, LINK = 0o040755, 0o100755, 0o120777
_END = "TRAILER!!!"
_ALIGNMENT = 4


def archive(files: Mapping[str, bytes], links: Mapping[str, str]) -> bytes:
    """Return an archive of executable files and symbolic links, by path without "/"."""
    folders = {
        "/".join(parts[:depth])
        for parts in (path.split("/") for path in (*files, *links))
        for depth in range(1, len(parts))
    }
    entries = [
        *((path, FOLDER, b"") for path in sorted(folders)),
        *((path, FILE, content) for path, content in files.items()),
        *((path, LINK, target.encode()) for path, target in links.items()),
        (_END, 0, b""),
    ]
    return b"".join(_entry(number, *entry) for number, entry in enumerate(entries, 1))


def _entry(number: int, path: str, mode: int, content: bytes) -> bytes:
    name = path.encode() + b"\0"
    owner = group = modified = device = 0
    fields = (number, mode, owner, group, 1, modified, len(content), *(device,) * 4, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _aligned(header + name) + _aligned(content)


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNMENT)
