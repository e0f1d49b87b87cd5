"""Tells an image of a C program whether code of the distribution's in it looks at %fs.

An application of Solo5's sets its own base of thread-local storage, and reaching for it before is
a fault. The C library beneath it, of which the linker takes what it needs, may look for a thread
block of its own there: errno, the locale, the canary of every larger function. Only then, and for
programs with a plain main, is there one from the start.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path

from unikernel_toolchain.binary import link_map
from unikernel_toolchain.binary.elf import SHF_EXECINSTR, Elf, SectionHeader

from . import Linked

_ANSWER = "unikernel_thread_block_is_used"
_HOSTED_ENTRY = "main"
# An instruction with a 64-bit operand at a constant distance from FS: prefix, REX.W, operation,
# ModR/M and SIB bytes of an absolute address (Intel SDM volume 2, section 2.1.5).
_FS_ACCESS = re.compile(rb"\x64[\x48-\x4f][\x00-\xff][\x04\x0c\x14\x1c\x24\x2c\x34\x3c]\x25")


def apply(linked: Linked) -> None:
    """Write the answer into an image that asks. Raises ImageInvalid for a damaged map."""
    elf = linked.elf
    names = {symbol.name: symbol for symbol in elf.symbols if symbol.section}
    if _ANSWER not in names or _HOSTED_ENTRY in names:
        return
    used = any(_FS_ACCESS.search(code) for code in _library_code(elf, linked.link_map))
    struct.pack_into("<?", linked.image, elf.file_offset(names[_ANSWER]), used)


def _library_code(elf: Elf, path: Path) -> list[memoryview]:
    """Return the code that came out of archives."""
    executed = [section for section in elf.sections if section.flags & SHF_EXECINSTR]
    text = [(section, memoryview(elf.content(section))) for section in executed]
    return [
        code[piece.address - section.address :][: piece.size_bytes]
        for piece in link_map.pieces(path)
        if piece.origin.endswith(")")
        for section, code in text
        if _holds(section, piece.address)
    ]


def _holds(section: SectionHeader, address: int) -> bool:
    return section.address <= address < section.address + section.size_bytes
