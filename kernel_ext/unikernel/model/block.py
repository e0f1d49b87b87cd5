"""Blocks: what disk stands behind a guest's block device. Values only.

    64M                     fresh, full of zeroes, thrown away with the machine
    disk.img                a file, raw; disk.qcow2 is QEMU's format. What the guest writes is kept
    disk.img,ro             the same, which the guest can only read
    disk.img,snapshot       what the guest writes is thrown away with the machine
    disk.img,size=64M       made where there is none, and kept
    none, none,ro           no disk yet: one that can be written to, or read, is attached later

A file's format is what its name or `format=` says, never what is in it: a guest may write whatever
it likes to the start of a raw disk, a qcow2 header that names a file of the host included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from unikernel.errors import UsageError, did_you_mean
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model import typed

SECTOR_BYTES = 512
LARGEST_BYTES = 1 << 50
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
FORMATS = ("raw", "qcow2")
READ_ONLY, SNAPSHOT = "ro", "snapshot"
NONE = "none"
OPTIONS = (READ_ONLY, SNAPSHOT, "size", "format")
_SIZE = re.compile(r"(\d{1,16})([KMGT])(i?B)?|(\d{1,16})B", re.IGNORECASE)
_PART = re.compile(r"(?:[^,]|,,)*")
_EXAMPLES = "A disk is written 64M (fresh, thrown away), disk.img or disk.img,size=64M (kept)."
_TAKES_NOTHING = "A fresh disk is raw, empty and thrown away: it takes no option."

Format = Literal["raw", "qcow2"]


@dataclass(frozen=True)
class Block:
    """A disk: a fresh one of `size_bytes`, or a `file`.

    `size_bytes` with a file is the size it is made with where there is none, and must have where
    there is one. With `read_only` the guest cannot write; with `snapshot` what it writes is thrown
    away with the machine. `format` is "raw" or "qcow2"; "" is what the file's name says.
    An `empty` one is no disk: the device waits for one that is attached.
    Raises UsageError, and BadRequest for a value of another type.
    """

    file: str = ""  # an absolute path; "" for a fresh disk
    size_bytes: int = 0  # 0: the file's
    read_only: bool = False
    snapshot: bool = False
    format: Format | Literal[""] = ""
    empty: bool = False

    def __post_init__(self) -> None:
        file = typed.text("file", self.file)
        size = typed.whole("size_bytes", self.size_bytes)
        if "\0" in file or len(file.encode(errors="surrogateescape")) > 4096:
            raise UsageError(f"{visible(file[:80])!r} cannot be a file's name.")
        if file:
            found = str(Path(file).expanduser().absolute())
            object.__setattr__(self, "file", found)
            object.__setattr__(self, "format", self.format or _format_of(found))
        else:
            object.__setattr__(self, "format", self.format or "raw")
        if self.format not in FORMATS:
            raise UsageError(
                f"No format of disks {self.format!r}.", hint=did_you_mean(self.format, FORMATS)
            )
        self._check_size(size)
        self._check_together()

    def _check_size(self, size: int) -> None:
        if not self.file and not size and not self.empty:
            raise UsageError("A disk has a size or a file.", hint=_EXAMPLES)
        if size % SECTOR_BYTES or not 0 <= size <= LARGEST_BYTES:
            raise UsageError(
                f"A disk cannot have {size} bytes.",
                hint=f"Its size is a multiple of {SECTOR_BYTES}, and at most 1024T.",
            )

    def _check_together(self) -> None:
        if self.read_only and self.snapshot:
            raise UsageError(
                "A disk that is only read needs no snapshot.", hint="Give ro or snapshot."
            )
        if self.empty and (self.file or self.size_bytes or self.snapshot or self.format != "raw"):
            raise UsageError(
                "A device without a disk takes no option but ro.", hint="Write none or none,ro."
            )
        if self.is_fresh and self.read_only:
            raise UsageError(
                "A disk that is made cannot be read-only: its guest would read zeroes.",
                hint="Leave ro out, or name a file that is there: FILE,ro",
            )
        if self.is_fresh and (self.snapshot or self.format != "raw"):
            raise UsageError(_TAKES_NOTHING, hint=_EXAMPLES)

    @property
    def is_fresh(self) -> bool:
        """Whether it begins empty and is thrown away with the machine."""
        return not self.file and not self.empty

    @property
    def is_kept(self) -> bool:
        """Whether what the guest writes is still there when the machine has ended."""
        return bool(self.file) and not (self.read_only or self.snapshot)

    def __str__(self) -> str:
        """Return the text form, which `parse` reads."""
        if self.empty:
            return f"{NONE},{READ_ONLY}" if self.read_only else NONE
        if not self.file:
            return size_text(self.size_bytes)
        options = [f"size={size_text(self.size_bytes)}"] if self.size_bytes else []
        options += [READ_ONLY] if self.read_only else []
        options += [SNAPSHOT] if self.snapshot else []
        options += [f"format={self.format}"] if self.format != _format_of(self.file) else []
        return ",".join([self.file.replace(",", ",,"), *options])


def parse(text: str) -> Block:
    """Return the disk of `SIZE`, `FILE[,ro|,snapshot][,size=SIZE][,format=F]` or `none[,ro]`.

    A comma in a file's name is written twice. Raises UsageError.
    """
    if (size := _size_of(text)) is not None:
        return Block(size_bytes=size)
    file = file_of(text)
    if not file:
        raise UsageError(f"{visible(text)!r} names no disk.", hint=_EXAMPLES)
    if file.isdecimal():
        raise UsageError(
            f"{file!r} is no disk: a size has a unit.",
            hint=f"Write {file}M for a fresh disk, ./{file} for a file of that name.",
        )
    options = _options(text[len(file.replace(",", ",,")) :])
    if (size := _size_of(file)) is not None:
        raise _fresh_with_options(file, size, options)
    return Block(empty=True, **options) if file == NONE else Block(file, **options)


def file_of(text: str) -> str:
    """Return the name of the file in what `parse` took, as it was written: it may be relative."""
    first = _PART.match(text)
    return first[0].replace(",,", ",") if first else ""


def assignment(text: str) -> tuple[str, Block]:
    """Return device and disk of `DEVICE=DISK`; of a bare `DISK` the device is "".

    Raises UsageError.
    """
    device, equals, rest = text.partition("=")
    if equals and re.fullmatch(r"\w+", device):
        return device, parse(rest)
    return "", parse(text)


def parse_each(chosen: Mapping[str, object]) -> dict[str, Block]:
    """Return `chosen` with its texts and paths made disks. Raises UsageError."""
    return {device: _block(device, one) for device, one in chosen.items()}


def parse_size(size: object) -> int:
    """Return the bytes of a size such as `64M`, or of a number of bytes. Raises UsageError."""
    found = _size_of(size) if isinstance(size, str) else size
    if not isinstance(found, int) or isinstance(found, bool):
        raise UsageError(f"{typed.brief(size)} is no size.", hint="Sizes are 512K, 64M, 1G.")
    return Block(size_bytes=found).size_bytes


def size_text(size_bytes: int) -> str:
    """Return a size in the largest unit that gives a whole number, such as `64M`."""
    for unit, factor in reversed(UNITS.items()):
        if size_bytes and size_bytes % factor == 0:
            return f"{size_bytes // factor}{unit}"
    return f"{size_bytes}B"


def _block(device: str, value: object) -> Block:
    if isinstance(value, Block):
        return value
    if isinstance(value, Path):
        return Block(str(value))
    if isinstance(value, str):
        return parse(value)
    raise UsageError(
        f"The disk of {visible(device)!r} cannot be {typed.brief(value)}.", hint=_EXAMPLES
    )


def _size_of(text: str) -> int | None:
    """Return the bytes of a size; None for what is none."""
    match = _SIZE.fullmatch(text)
    if not match:
        return None
    return int(match[4]) if match[4] else int(match[1]) * UNITS[match[2].upper()]


def _fresh_with_options(file: str, size: int, options: Mapping[str, Any]) -> UsageError:
    """Return what is wrong with a size that options follow; the size itself may be it."""
    try:
        Block(size_bytes=size, read_only=bool(options.get("read_only")))
    except UsageError as problem:
        return problem
    return UsageError(_TAKES_NOTHING, hint=f"A file of that name is ./{file}. {_EXAMPLES}")


def _format_of(file: str) -> Format:
    return "qcow2" if file.lower().endswith((".qcow2", ".qcow")) else "raw"


def _options(text: str) -> dict[str, Any]:
    """Return the fields that the options behind a file's name state."""
    found: dict[str, Any] = {}
    seen: set[str] = set()
    for option in text.split(",")[1:]:
        key, _, value = option.partition("=")
        if key not in OPTIONS:
            raise UsageError(
                f"A disk has no option {visible(key)!r}.",
                hint=did_you_mean(key, OPTIONS) + " A comma in a file's name is written twice.",
            )
        if key in seen:
            raise UsageError(f"A disk has one {key}: {visible(text[1:])!r} says it twice.")
        seen.add(key)
        match key:
            case "ro" | "snapshot" if value:
                raise UsageError(f"{key} takes no value: {visible(option)!r}.")
            case "ro":
                found["read_only"] = True
            case "snapshot":
                found["snapshot"] = True
            case "format":
                found["format"] = value
            case _ if size := _size_of(value):
                found["size_bytes"] = size
            case _:
                raise UsageError(f"{visible(value)!r} is no size.", hint="Sizes are 512K, 64M, 1G.")
    return found
