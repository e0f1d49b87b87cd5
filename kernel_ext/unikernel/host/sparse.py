"""Files with holes: blocks of zeroes are not written, take no room, and read as zeroes."""

from __future__ import annotations

import os

_BLOCK_BYTES = 4096  # of the usual file systems: no smaller hole saves anything
_ZEROES = bytes(_BLOCK_BYTES)


def write(file: int, data: bytes, offset: int) -> None:
    """Write `data`, without its blocks of zeroes, where the file has nothing. Raises OSError."""
    if not data.strip(b"\0"):
        return
    for start in range(0, len(data), _BLOCK_BYTES):
        block = data[start : start + _BLOCK_BYTES]
        if block != _ZEROES[: len(block)]:
            os.pwrite(file, block, offset + start)
