"""What is inside an image: sections, and how much each package and module takes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from unikernel_toolchain.binary.elf import (
    PT_LOAD,
    SHF_ALLOC,
    SHF_EXECINSTR,
    SHF_WRITE,
    SHT_NOBITS,
    Elf,
    Segment,
    read,
)
from unikernel_toolchain.binary.link_map import Piece, pieces
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.postlink import wx

SYMBOLS = "symbols"
STARTUP = "startup"  # ocamlopt's, which names every linked module
_PLATFORM, _RUNTIME, OCAML_RUNTIME, APPLICATION = (
    "libos platform",
    "libos runtime",
    "ocaml runtime",
    "application",
)
_LIBRARIES = {
    "libplatform.a": _PLATFORM,
    "libsolo5.a": _RUNTIME,
    "libsys.a": _RUNTIME,
    "libruntime.a": _RUNTIME,
    "libasmrun.a": OCAML_RUNTIME,
    "libc.a": "musl",
    "stdlib.a": "stdlib",
}
_ARCHIVE_MEMBER = re.compile(r"(.*\.a)\((.*)\)")


@dataclass(frozen=True)
class Section:
    """A part of an image in memory. `kind` is "code", "constants", "data", "zero" or "symbols".

    "zero" takes no room in the file.
    """

    name: str
    kind: str
    address: int
    size_bytes: int
    readable: bool
    writable: bool
    executable: bool


@dataclass(frozen=True)
class Contribution:
    """How many loaded bytes of an image one module of one package takes."""

    package: str
    module: str
    size_bytes: int


def sections(image: Image) -> tuple[Section, ...]:
    """Return the sections in memory, by address, and the symbol table if there is one.

    Raises ImageInvalid when the image or its debug file is gone or damaged.
    """
    found = [
        Section(
            name=header.name,
            kind=_kind(header.flags, header.kind),
            address=header.address,
            size_bytes=header.size_bytes,
            readable=True,
            writable=bool(header.flags & SHF_WRITE),
            executable=bool(header.flags & SHF_EXECINSTR),
        )
        for header in read(image.debug_path).sections
        if header.flags & SHF_ALLOC and header.size_bytes
    ]
    found += [
        Section(SYMBOLS, SYMBOLS, segment.address, segment.file_bytes, True, False, False)
        for segment in _symbol_segments(image)
    ]
    return tuple(sorted(found, key=lambda section: section.address))


def _kind(flags: int, kind: int) -> str:
    if flags & SHF_EXECINSTR:
        return "code"
    if not flags & SHF_WRITE:
        return "constants"
    return "zero" if kind == SHT_NOBITS else "data"


def _symbol_segments(image: Image) -> list[Segment]:
    """Return the segments that the image has and the linker's output has not."""
    linked = {segment.address for segment in _loads(read(image.debug_path))}
    return [segment for segment in _loads(read(image.path)) if segment.address not in linked]


def _loads(elf: Elf) -> list[Segment]:
    return [segment for segment in elf.segments if segment.kind == PT_LOAD]


def verify_wx(path: Path) -> None:
    """Check the image's own program headers: nothing is writable and executable at once.

    Raises ImageInvalid when something is, or when the file is gone or damaged.
    """
    wx.verify(read(path), str(path))


def loaded_bytes(image: Image) -> int:
    """Return how many bytes of the file a loader copies into memory."""
    return read(image.path).loaded_bytes()


def contributions(image: Image) -> tuple[Contribution, ...]:
    """Return who takes how much of the image, largest first; they sum to `loaded_bytes`.

    Padding counts for what it follows. What takes no room in the file (.bss) does not count.
    Raises ImageInvalid when the image or its map is gone or damaged.
    """
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for origin, _, size in places(image):
        totals[attributed(origin)] += size
    shares = [Contribution(package, module, size) for (package, module), size in totals.items()]
    return tuple(sorted(shares, key=lambda share: (-share.size_bytes, share.package, share.module)))


def places(image: Image) -> Iterator[tuple[str, int, int]]:
    """Yield the origin of each place in memory that the file fills, where it begins, its bytes.

    Raises ImageInvalid when the image or its map is gone or damaged.
    """
    placed = sorted(pieces(image.map_path))
    for segment in _loads(read(image.debug_path)):
        address = segment.address
        for piece, size in _shares(placed, address, address + segment.file_bytes):
            yield piece.origin, address, size
            address += size
    for segment in _symbol_segments(image):
        yield SYMBOLS, segment.address, segment.file_bytes


def _shares(placed: list[Piece], start: int, end: int) -> list[tuple[Piece, int]]:
    """Divide the addresses from start to end among the pieces in them, gaps to the one before.

    So the shares of a segment sum to its size, whatever the linker put between pieces.
    """
    first = bisect_left(placed, start, key=lambda piece: piece.address)
    inside = [piece for piece in placed[first:] if piece.address < end]
    if not inside:
        return [(Piece(start, end - start, "headers"), end - start)] if end > start else []
    borders = [start, *(piece.address for piece in inside[1:]), end]
    return [(piece, borders[i + 1] - borders[i]) for i, piece in enumerate(inside)]


def attributed(origin: str) -> tuple[str, str]:
    """Return package and module of an object, as the map names it."""
    member = _ARCHIVE_MEMBER.fullmatch(origin)
    if not member:
        return _object(PurePath(origin))
    archive, module = PurePath(member.group(1)), PurePath(member.group(2)).stem
    module = module.removesuffix(".n")  # libasmrun.a marks native code so
    package = _LIBRARIES.get(archive.name)
    if package is None:
        package = archive.parent.name
        if package == "ocaml":  # beside the standard library: str, num
            package = re.sub(r"^lib(caml)?|(_stubs)?$", "", archive.stem)
    return package, module


def _object(path: PurePath) -> tuple[str, str]:
    if path.name.startswith("camlstartup"):
        return OCAML_RUNTIME, STARTUP
    if path.name == "std_exit.o":
        return "stdlib", "std_exit"
    if path.name == SYMBOLS:
        return SYMBOLS, SYMBOLS
    if path.name == "headers":
        return APPLICATION, "headers"
    return APPLICATION, path.stem
