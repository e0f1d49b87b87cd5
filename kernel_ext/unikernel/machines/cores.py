"""Cores: the memory and registers of guests that crashed, kept to be looked at.

    <cache>/cores/<time>-<pid>-<name in ASCII>/
        core.json     whose it is, and how that ended
        core          memory and registers, an ELF core file; pages of zeroes are holes
        debug.elf     the program, whose image may be gone by then
        plan.json     its sources

A core holds whatever the guest's memory did, keys and passwords too, and is as large: one is kept
where `boot` was asked for it, closed to others, and the oldest go.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from unikernel.errors import UnikernelError
from unikernel.host import sparse
from unikernel.host.run_folder import slug
from unikernel.model.state import Exit
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.store import cache
from unikernel_toolchain.store.images import DEBUG, PLAN

KEPT = 5
EXTRA_BYTES = 64 << 20  # of a core, beside the guest's memory: the program, notes, stacks
_FACTS = "core.json"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Core:
    """What is kept of one crash. `target` and `image` name what ran, `taken_at` is Unix time."""

    folder: Path
    machine: str
    image: str
    target: str
    taken_at: float
    message: str = ""

    @property
    def path(self) -> Path:
        """The core file."""
        return self.folder / "core"

    @property
    def debug_path(self) -> Path:
        """The program with symbols."""
        return self.folder / DEBUG

    @property
    def disk_bytes(self) -> int:
        """What it takes on the disk; holes take nothing."""
        return self.path.stat().st_blocks * 512

    def told(self, ended: Exit) -> Core:
        """Note how the guest ended; a full disk costs only that."""
        core = replace(self, message=str(ended))
        with contextlib.suppress(OSError):
            core.write()
        return core

    def write(self) -> None:
        """Write whose it is. Raises OSError."""
        facts = asdict(self) | {"folder": ""}
        (self.folder / _FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")


def folder() -> Path:
    """Return where cores are."""
    return cache.root() / "cores"


@contextlib.contextmanager
def taking(machine: str, image: Image) -> Iterator[Core]:
    """Give the folder for the core of a machine that is about to end, and keep what is put there.

    The oldest beyond KEPT go. Raises UnikernelError when the disk does not take it; nothing of a
    core that was not completed stays.
    """
    core = _begin(machine, image)
    try:
        yield core
        core.write()
    except OSError as problem:
        forget(core)
        raise UnikernelError(f"The core of {machine!r} was not kept: {problem}.") from problem
    except BaseException:
        forget(core)
        raise
    for old in listed()[KEPT:]:
        forget(old)


def _begin(machine: str, image: Image) -> Core:
    """Make the folder, without the core itself. Raises UnikernelError."""
    with os_errors.raised_as("The core cannot be kept", UnikernelError):
        now = time.time()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
        place = folder() / f"{stamp}-{os.getpid()}-{time.monotonic_ns() % 10**6:06}-{slug(machine)}"
        cache.make_folder(cache.root())
        folder().mkdir(mode=0o700, exist_ok=True)
        place.mkdir(mode=0o700)
        core = Core(place, machine, image.name, image.target, now)
        for name in (DEBUG, PLAN):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(image.debug_path.parent / name, place / name)
        return core


def forget(core: Core) -> None:
    """Remove a core."""
    shutil.rmtree(core.folder, ignore_errors=True)


def listed() -> tuple[Core, ...]:
    """Return the cores that are kept, the newest first."""
    return tuple(sorted(_all(), key=lambda core: core.taken_at, reverse=True))


def _all() -> Iterator[Core]:
    for place in folder().iterdir() if folder().is_dir() else ():
        with contextlib.suppress(OSError, ValueError, TypeError):
            facts = json.loads((place / _FACTS).read_text(encoding="utf-8"))
            core = Core(**facts | {"folder": place})
            if core.path.exists():
                yield core


def of_machine(name: str, since: float) -> Core | None:
    """Return the newest core of a machine of this name, none older than `since` (Unix time)."""
    found = (one for one in listed() if one.machine == name and one.taken_at >= since)
    return next(found, None)


def is_written(name: str, owner_pid: int) -> bool:
    """Whether a process that lives is writing the core of a machine of this name now."""
    begun = folder().glob(f"*-{owner_pid}-*-{slug(name)}")
    return any(not (place / _FACTS).exists() for place in begun)


def write_sparsely(source: int, path: Path, most_bytes: int) -> None:
    """Copy what comes out of a descriptor into a file with holes in place of zeroes.

    Blocks until its end. Raises OSError, also when more than `most_bytes` come.
    """
    size = 0
    with path.open("xb") as file:
        while chunk := os.read(source, _CHUNK):
            if size + len(chunk) > most_bytes:
                raise OSError(f"the core is larger than {most_bytes} bytes")
            sparse.write(file.fileno(), chunk, size)
            size += len(chunk)
        file.truncate(size)
