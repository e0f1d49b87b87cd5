"""What is seen of a guest that is held between two instructions. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where a held guest is: function, source file and line as far as known, and address."""

    function: str
    file: str
    line: int | None
    address: int


@dataclass(frozen=True)
class Register:
    """A register; `before` is what it held when it was last looked at, if that was another."""

    name: str
    value: int
    before: int | None = None


@dataclass(frozen=True)
class Line:
    """A line of source, or an instruction at its address; `current` is where the guest is."""

    number: int
    text: str
    current: bool


@dataclass(frozen=True)
class Word:
    """Eight bytes of memory as a number; `note` says what it may point to."""

    address: int
    value: int
    note: str


@dataclass(frozen=True)
class Pages:
    """Addresses from `start` up to `end`, all with the same rights ("R-X"); `what` is there."""

    start: int
    end: int
    rights: str
    what: str = ""


@dataclass(frozen=True)
class Entry:
    """One step of a walk through page tables: entry `index` of the table of a `level`."""

    level: str
    index: int
    address: int
    value: int
    meaning: str


@dataclass(frozen=True)
class Step:
    """A look at a held guest: `left` are the steps that it did not come to.

    `pages` and `walk` are there where they were asked for, as is `memory`, from `memory_at` on.
    `ended` says how the guest ended, if it did: then there is nothing else.
    """

    machine: str
    left: int = 0
    ended: str = ""
    place: Place | None = None
    source: tuple[Line, ...] = ()
    instructions: tuple[Line, ...] = ()
    registers: tuple[Register, ...] = ()
    stack: tuple[Word, ...] = ()
    memory_at: int = 0
    memory: bytes = b""
    pages: tuple[Pages, ...] = ()
    walk: tuple[Entry, ...] = ()
