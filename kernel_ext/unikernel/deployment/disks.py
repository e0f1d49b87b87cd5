"""The disks of an image on a server, by the words that `boot` has for them. Values only."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from unikernel.errors import UsageError
from unikernel.model import block
from unikernel.model.block import Block, Format, size_text
from unikernel_toolchain.messages.visible import visible

_USUAL_SIZE = "64M"
_HINT = (
    "Name a file or a block device of the server; without --block it is a file beside the image."
)


@dataclass(frozen=True)
class ServerDisk:
    """A disk at `path` on the server, absolute."""

    path: str
    read_only: bool = False
    format: Format = "raw"

    def line(self, size: str) -> str:
        """Return the line for a shell that makes it, of a `size` such as "64M"."""
        if self.format == "raw":
            return shlex.join(["truncate", "-s", size, self.path])
        return shlex.join(["qemu-img", "create", "-f", self.format, self.path, size])


def chosen(device: str, text: str, place: PurePosixPath) -> tuple[ServerDisk, str]:
    """Return the disk that a device was given, and what is to be done for it first, "" for nothing.

    A relative name is that of a file in `place`. Raises UsageError for what is no disk, and for one
    that no tool stack makes for a guest.
    """
    found = block.parse(text)
    _check(device, text, found)
    name = block.file_of(text)
    disk = ServerDisk(str(place / name), found.read_only, found.format or "raw")
    if found.size_bytes:
        return disk, _made(device, disk, size_text(found.size_bytes))
    is_there = name.startswith("/")
    return disk, "" if is_there else f"Put its disk {device} there first: {shlex.quote(disk.path)}"


def notes(disks: Mapping[str, ServerDisk], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is to be done for disks first: those `wanted` with a note, or to be made."""
    return tuple(note or _made(name, disks[name]) for name, note in wanted.items())


def _made(device: str, disk: ServerDisk, size: str = _USUAL_SIZE) -> str:
    return f"Make its disk {device} there first, as large as it is to be: {disk.line(size)}"


def _check(device: str, text: str, found: Block) -> None:
    what = f"{visible(text)!r}, the disk of {visible(device)!r},"
    if found.is_fresh:
        hint = f"{_HINT} A file of that name is ./{visible(text)}."
        raise UsageError(f"{what} would be thrown away with the machine.", hint=hint)
    if found.empty:
        raise UsageError(f"{what} is no disk: on a server it is there from the start.", hint=_HINT)
    if found.snapshot:
        raise UsageError(
            f"{what} cannot be exported: no server throws away what a guest writes.",
            hint="Let it write to a copy, or only read: FILE,ro",
        )
