"""What to tell of a disk that the operating system refuses, and what to do about it."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

from unikernel.errors import DiskUnavailable
from unikernel.model.block import UNITS, Block, size_text
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.messages.visible import visible

from . import temporary

_LIKE_A_SIZE = re.compile(r"(?!\d+[KMGTkmgt]$)\d[\d.]*\s?[A-Za-z]{1,3}")  # and is none
_USUAL_BYTES = 64 << 20


def doing(device: str, block: Block) -> str:
    """Return the beginning of a sentence on what cannot be."""
    what = f"the file {visible(block.file)}" if block.file else f"a disk of {block}"
    return f"The block device {device!r} cannot have {what}"


def refused(device: str, block: Block, problem: OSError) -> DiskUnavailable:
    """Return what the operating system refused, as an error with a way out."""
    needs_room = not block.is_kept and (block.empty or not block.read_only)
    match problem:
        case OSError() if needs_room and problem.filename != block.file:
            why, hint = _no_room(problem)
        case FileNotFoundError():
            why, hint = _missing(block)
        case PermissionError() if block.is_kept:
            why, hint = "permission denied", "To read it only: FILE,ro or FILE,snapshot"
        case _:
            why, hint = os_errors.reason(problem), ""
    return DiskUnavailable(f"{doing(device, block)}: {why}.", hint=hint)


def _no_room(problem: OSError) -> tuple[str, str]:
    """Return why the file of a moment, which a fresh disk or a snapshot has, is not to be had."""
    where, variable = temporary.folder(), temporary.VARIABLE
    if isinstance(problem, FileNotFoundError | NotADirectoryError):
        why = f"{variable} names {visible(str(where))}, which is no folder"
        return why, f"Make it, or name another: {variable}=FOLDER. Without it: /var/tmp."
    hint = f"Disks of a moment are in {visible(str(where))}; {variable} names another."
    return os_errors.reason(problem), hint


def _missing(block: Block) -> tuple[str, str]:
    """Return why a disk's file is not there, and how it comes to be."""
    path = Path(block.file)
    file = visible(shlex.quote(block.file))
    if path.is_symlink():
        return f"it is a link to {visible(str(path.readlink()))}, and there is none", ""
    if not path.parent.is_dir():
        folder = visible(shlex.quote(str(path.parent)))
        return f"there is no folder {folder}", f"Make it first: mkdir -p {folder}"
    size = size_text(block.size_bytes or _USUAL_BYTES)
    if not block.is_kept:
        kind = "read-only" if block.read_only else "a snapshot"
        return (
            f"there is none, and a disk that is made cannot be {kind}",
            f"Make the file first: truncate -s {size.removesuffix('B')} {file}"
            if block.format == "raw"
            else f"Make the file first: qemu-img create -f {block.format} {file} {size}",
        )
    made = visible(str(replace(block, size_bytes=block.size_bytes or _USUAL_BYTES)))
    hint = f"To have it made, say how large: {made}"
    if _LIKE_A_SIZE.fullmatch(path.name):
        units = ", ".join(UNITS)
        hint = f"A size is a whole number with one of the units {units}, such as 64M. {hint}"
    return "there is none", hint
