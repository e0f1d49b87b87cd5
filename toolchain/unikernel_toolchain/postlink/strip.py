"""Takes off what is not loaded: section headers, symbols, debug information."""

from __future__ import annotations

from unikernel_toolchain.binary.elf import HEADER, PT_NULL, SEGMENT

from . import Linked


def apply(linked: Linked) -> None:
    """Cut the file behind its last segment.

    The linker lays out what is loaded before everything else, so this is the head of the file.
    """
    elf, image = linked.elf, linked.image
    end = max(
        [HEADER.size, elf.segment_offset + len(elf.segments) * SEGMENT.size]
        + [s.offset + s.file_bytes for s in elf.segments if s.kind != PT_NULL]
    )
    del image[end:]
    header = list(HEADER.unpack_from(image))
    # e_shoff, e_shentsize, e_shnum, e_shstrndx
    header[6] = header[11] = header[12] = header[13] = 0
    HEADER.pack_into(image, 0, *header)
