"""Checks that no byte of memory is writable and executable at once (W^X)."""

from __future__ import annotations

from unikernel_toolchain.binary.elf import PF_W, PF_X, PT_GNU_STACK, PT_LOAD, Elf, Segment
from unikernel_toolchain.errors import ImageInvalid

from . import Linked

_PAGE_BYTES = 4096


def apply(linked: Linked) -> None:
    """Check the linker's output: no pass adds a segment that is executable."""
    verify(linked.elf, f"The image {linked.name!r}")


def verify(elf: Elf, what: str) -> None:
    """Check that no byte of memory is writable and executable at once.

    Raises ImageInvalid, naming `what`, when a segment is both, or when a writable and an
    executable segment share a page.
    """
    loads = [segment for segment in elf.segments if segment.kind == PT_LOAD]
    stacks = [segment for segment in elf.segments if segment.kind == PT_GNU_STACK]
    if any(stack.flags & PF_X for stack in stacks):
        raise ImageInvalid(f"{what} is not W^X: it asks the system for an executable stack.")
    for segment in loads:
        if segment.flags & PF_W and segment.flags & PF_X:
            raise ImageInvalid(
                f"{what} is not W^X: the segment at {segment.address:#x} "
                f"({segment.memory_bytes} bytes) is writable and executable."
            )
    for code in (segment for segment in loads if segment.flags & PF_X):
        for data in (segment for segment in loads if segment.flags & PF_W):
            if _share_a_page(code, data):
                raise ImageInvalid(
                    f"{what} is not W^X: the code at {code.address:#x} and the data at "
                    f"{data.address:#x} share a page."
                )


def _share_a_page(left: Segment, right: Segment) -> bool:
    def pages(segment: Segment) -> tuple[int, int]:
        last = segment.address + max(segment.memory_bytes, 1) - 1
        return segment.address // _PAGE_BYTES, last // _PAGE_BYTES

    (left_first, left_last), (right_first, right_last) = pages(left), pages(right)
    return left_first <= right_last and right_first <= left_last
