"""Tells an image of a C program whether code of the distribution's in it looks at %fs.

An application of Solo5's sets its own base of thread-local storage, and reaching for it before is
a fault. The C library beneath it, of which the linker takes what it needs, may look for a thread
block of its own there: errno, the locale, the canary of every larger function. Only then, and for
programs with a plain main, is there one from the start.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path

from unikernel_toolchain.binary import link_map
from unikernel_toolchain.binary.elf import SHF_EXECINSTR, Elf

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
    used = _is_library_code(sorted(_accesses(elf)), linked.link_map)
    struct.pack_into("<?", linked.image, elf.file_offset(names[_ANSWER]), used)


def _accesses(elf: Elf) -> Iterator[int]:
    """Yield the addresses of what looks at %fs."""
    for section in elf.sections:
        if section.flags & SHF_EXECINSTR:
            for found in _FS_ACCESS.finditer(elf.content(section)):
                yield section.address + found.start()


def _is_library_code(addresses: Sequence[int], path: Path) -> bool:
    """Say whether what is at some of these ascending addresses came out of an archive."""
    # The map is as long as the program: it is read where there is a question.
    return bool(addresses) and any(
        piece.origin.endswith(")")
        and bisect_left(addresses, piece.address)
        < bisect_left(addresses, piece.address + piece.size_bytes)
        for piece in link_map.pieces(path)
    )
