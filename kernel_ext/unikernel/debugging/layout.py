"""What lies where in a guest's memory: its image's symbols, OCaml's young heap, its stack."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from unikernel.model.debugging.snapshots import PAGE_BYTES, Snapshot
from unikernel_toolchain.binary import elf, ocaml_symbols

_MOST_STACK_BYTES = 1 << 20
_YOUNG = ("domain_field_caml_young_start", "domain_field_caml_young_end")
_WORD = 8


class Place(NamedTuple):
    """What an address is in: a kind of memory, and in the image a name."""

    kind: str
    name: str = ""


class Layout:
    """The memory of a machine when a snapshot was taken."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Read the image's symbols. Raises ImageInvalid when its file with symbols is gone."""
        self._snapshot = snapshot
        self._program = elf.read(snapshot.debug_path)
        self._sections = [
            (section.address, section.address + section.size_bytes, section)
            for section in self._program.sections
            if section.flags & elf.SHF_ALLOC and section.size_bytes
        ]

    def place(self, address: int) -> Place:
        """Return what an address is in."""
        for begin, end, section in self._sections:
            if begin <= address < end:
                changes = section.flags & elf.SHF_WRITE
                kind = "variables" if changes else "code and constants"
                return Place(kind, self._symbol(address) or section.name)
        if self._within(self.young, address):
            return Place("OCaml's young heap")
        if self._within(self.stack, address):
            return Place("stack")
        return Place("heap", "OCaml's and C's, and what the base keeps")

    @staticmethod
    def _within(span: tuple[int, int], address: int) -> bool:
        return span[0] <= address < span[1]

    @cached_property
    def _symbols(self) -> tuple[list[int], list[str]]:
        found = {
            symbol.address: ocaml_symbols.readable(symbol.name.removeprefix("unikernel."))
            for symbol in self._program.symbols
            if symbol.name and symbol.section and symbol.section < len(self._program.sections)
        }
        addresses = sorted(found)
        return addresses, [found[address] for address in addresses]

    def _symbol(self, address: int) -> str:
        addresses, names = self._symbols
        at = bisect_right(addresses, address)
        return names[at - 1] if at else ""

    @cached_property
    def young(self) -> tuple[int, int]:
        """Where OCaml's young heap is; (0, 0) where its runtime does not tell (5.x, C)."""
        known = {symbol.name: symbol.address for symbol in self._program.symbols}
        if "Caml_state" not in known or any(name not in known for name in _YOUNG):
            return 0, 0
        state = self._word(known["Caml_state"])
        begin, end = (self._word(state + _WORD * known[name]) for name in _YOUNG)
        return (begin, end) if begin < end else (0, 0)

    @cached_property
    def stack(self) -> tuple[int, int]:
        """The stack in use: from the stack pointer on, as far as there is something in it."""
        begin = self._snapshot.stack_pointer & -PAGE_BYTES
        end = begin
        while end - begin < _MOST_STACK_BYTES and self._snapshot.read(end, PAGE_BYTES).strip(b"\0"):
            end += PAGE_BYTES
        return begin, end

    def _word(self, address: int) -> int:
        return int.from_bytes(self._snapshot.read(address, _WORD), "little")
