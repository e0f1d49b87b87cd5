"""The table of function names that an image carries for its own fault reports.

Format (little-endian): u32 count, then for each function by ascending address: ULEB128 of the
distance to the previous function's address (the first from 0), u8 number of leading bytes its
name shares with the previous name, the rest of the name, NUL.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from . import ocaml_symbols, private_names
from .elf import SHF_EXECINSTR, STB_GLOBAL, STT_FUNC, Elf, Symbol

_STT_NOTYPE = 0


def functions(elf: Elf) -> list[tuple[int, str]]:
    """Return (address, name) of every function, ascending, one name an address.

    Where several names share an address the first global one is kept. OCaml's are as a person
    writes them, Stdlib.List.iter.
    """
    text = {i for i, section in enumerate(elf.sections) if section.flags & SHF_EXECINSTR}
    chosen: dict[int, Symbol] = {}
    for symbol in elf.symbols:
        if symbol.section in text and _names_function(symbol):
            held = chosen.get(symbol.address)
            if held is None or (held.binding != STB_GLOBAL and symbol.binding == STB_GLOBAL):
                chosen[symbol.address] = symbol
    names = {at: symbol.name.removeprefix(private_names.PREFIX) for at, symbol in chosen.items()}
    return [(address, ocaml_symbols.readable(names[address])) for address in sorted(names)]


def _names_function(symbol: Symbol) -> bool:
    kind = symbol.kind
    if kind == STT_FUNC:
        return True
    # OCaml's modules begin and end with symbols of no type, which name no function.
    return (
        kind == _STT_NOTYPE
        and symbol.binding == STB_GLOBAL
        and not ocaml_symbols.is_border(symbol.name)
    )


def encode(table: Iterable[tuple[int, str]]) -> bytes:
    """Return the table in the image's format. Addresses must ascend."""
    entries = list(table)
    blob = bytearray(struct.pack("<I", len(entries)))
    last_address, last_name = 0, b""
    for address, text in entries:
        name = text.encode()
        shared = _shared_prefix(last_name, name)
        blob += _uleb128(address - last_address)
        blob.append(shared)
        blob += name[shared:] + b"\0"
        last_address, last_name = address, name
    return bytes(blob)


def decode(blob: bytes) -> list[tuple[int, str]]:
    """Return the (address, name) pairs of an encoded table."""
    (count,) = struct.unpack_from("<I", blob)
    position, address, name = 4, 0, b""
    table = []
    for _ in range(count):
        distance, position = _read_uleb128(blob, position)
        end = blob.index(b"\0", position + 1)
        name = name[: blob[position]] + blob[position + 1 : end]
        address, position = address + distance, end + 1
        table.append((address, name.decode()))
    return table


def _shared_prefix(left: bytes, right: bytes) -> int:
    limit = min(len(left), len(right), 255)
    # As numbers they differ in bits below what they share; a loop takes ten times as long.
    differing = int.from_bytes(left[:limit], "big") ^ int.from_bytes(right[:limit], "big")
    return limit - (differing.bit_length() + 7) // 8


def _uleb128(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _read_uleb128(blob: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = blob[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
