"""What checks of several labs do to an image: other devices, fresh disks, a power cut."""

from __future__ import annotations

import os
import re
import signal
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import unikernel_toolchain as toolchain
from unikernel import images
from unikernel.errors import ConsoleTimeout, NotYet
from unikernel_toolchain.binary import elf
from unikernel_toolchain.model.device import block_devices, network_devices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unikernel.machines import Machine
    from unikernel_toolchain.model.config import Config
    from unikernel_toolchain.model.image import Image

    from .work import Run

SECTOR_BYTES = 512
LINE_S = 30.0  # until a line comes, on a busy host or in the Xen lab
END_S = 20.0  # until what was killed is gone


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder that is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="unikernel-check-") as path:
        yield Path(path)


@contextmanager
def disk(contents: bytes | int) -> Iterator[Path]:
    """Make a raw disk of these bytes, or of so many zeros; it is gone after the block."""
    with folder() as place:
        path = place / "disk.img"
        if isinstance(contents, bytes):
            path.write_bytes(contents)
        else:
            path.touch()
            os.truncate(path, contents)
        yield path


def variant(
    image: Image,
    *,
    target: str | None = None,
    nets: Sequence[str] | None = None,
    blocks: Sequence[str] | None = None,
) -> Image:
    """Return the same program built for another target, or with other devices.

    It takes no name from the student. Raises NotYet when the program is not known any more.
    """
    asked = _request_of(image)
    if nets is not None or blocks is not None:
        asked = replace(asked, devices=(*network_devices(nets or ()), *block_devices(blocks or ())))
    return toolchain.build(replace(asked, target=target or asked.target))


def _request_of(image: Image) -> Config:
    asked = images.request_of(image)
    if asked is None:
        raise NotYet(
            f"The program of {image.name} is not known in this session.",
            hint="Run the cell that builds it again.",
        )
    return asked


def enclosed(
    image: Image, before: str, after: str, *, main: str = "main", target: str | None = None
) -> Image:
    """Return a student's C program between two pieces of C, built for `target` if one is given.

    Its `main` is `student_main`; the program's own is in `after`, which can so ask what the
    student's has left behind. Raises NotYet when the program is not known any more.
    """
    asked = _request_of(image)
    ((name, text),) = asked.sources.items()
    whole = f"{before}\n#define {main} student_main\n#line 1\n{text}\n#undef {main}\n{after}"
    return toolchain.build(replace(asked, sources={name: whole}, target=target or asked.target))


@contextmanager
def altered(image: Image, old: bytes, new: bytes) -> Iterator[Image]:
    """Give the image with other bytes where `old` are. Raises NotYet where they are not."""
    contents = image.path.read_bytes()
    if old not in contents:
        raise NotYet(f"The bytes {old.hex(' ')} are not in {image.name}.")
    with folder() as place:
        path = place / image.path.name
        path.write_bytes(contents.replace(old, new))
        path.chmod(image.path.stat().st_mode)
        yield replace(image, path=path)


def symbols(image: Image) -> set[str]:
    """Return the names of the functions and variables in an image, as the linker knows them."""
    return {symbol.name for symbol in elf.read(image.debug_path).symbols}


def cut_power(machine: Machine) -> str:
    """Kill what carries a machine, as no guest can expect, and return all that it said."""
    if machine.pid is not None:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.kill(machine.pid, signal.SIGKILL)
    machine.wait(END_S)
    return machine.console.text


def hear(machine: Machine, pattern: str, what: str, *, hint: str = "") -> re.Match[str]:
    """Wait for a whole line that a machine says, and return the match.

    Raises NotYet, which says `what` it should have said, when it does not come.
    """
    try:
        return machine.console.expect(rf"{pattern}\r?\n", timeout_s=LINE_S)
    except ConsoleTimeout:
        raise NotYet(what, detail=machine.console.last_lines(), hint=hint) from None


def require_success(image: Image, run: Run, hint: str = "") -> None:
    """Raise NotYet unless the guest ended itself with status 0."""
    if not run.exit.ok:
        raise NotYet(
            f"{image.name} should end with status 0; it ended so: {run.exit}.",
            detail="\n".join(run.lines[-5:]),
            hint=hint or "What does it say on its console, and where does it give up?",
        )
