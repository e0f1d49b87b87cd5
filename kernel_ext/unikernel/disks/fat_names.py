"""Names in FAT folders: 8.3, and long ones, which stand in pieces before the entry they belong to.

A piece is believed when its number is the one expected and its checksum is the short name's
(FAT32 File System Specification, section 7); else the short name counts.
"""

from __future__ import annotations

_LAST = 0x40  # marks the piece with the end of a name, which comes first
_MOST_PIECES = 20
_LOWER_BASE, _LOWER_EXTENSION = 0x08, 0x10  # Windows NT's: the whole part is in small letters


class Names:
    """What pieces of a long name have gone by."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Drop the pieces: what follows is not theirs."""
        self._pieces: list[bytes] = []
        self._expected = 0
        self._checksum = -1

    def take(self, raw: bytes) -> None:
        """Take an entry that is a piece."""
        number = raw[0] & ~_LAST
        if raw[0] & _LAST and 1 <= number <= _MOST_PIECES:
            self._pieces, self._checksum = [], raw[13]
        elif number != self._expected or raw[13] != self._checksum:
            self.forget()
            return
        self._pieces.insert(0, raw[1:11] + raw[14:26] + raw[28:32])
        self._expected = number - 1

    def name_of(self, raw: bytes) -> str:
        """Return the name of an entry, and be ready for the next."""
        complete = self._pieces and self._expected == 0 and self._checksum == _checksum(raw)
        name = _long(b"".join(self._pieces)) if complete else ""
        self.forget()
        return name or _short(raw)


def _long(units: bytes) -> str:
    text = units.decode("utf-16-le", "replace")
    return text.partition("\0")[0].rstrip("\uffff")


def _short(raw: bytes) -> str:
    first = b"\xe5" if raw[0] == 0x05 else raw[:1]  # 0xE5 itself marks a deleted entry
    base = (first + raw[1:8]).decode("cp437").rstrip(" ")
    extension = raw[8:11].decode("cp437").rstrip(" ")
    base = base.lower() if raw[12] & _LOWER_BASE else base
    extension = extension.lower() if raw[12] & _LOWER_EXTENSION else extension
    return f"{base}.{extension}" if extension else base


def _checksum(raw: bytes) -> int:
    """Return the checksum of a short name: rotate right, add (section 7.2)."""
    total = 0
    for byte in raw[:11]:
        total = ((total & 1) << 7) + (total >> 1) + byte & 0xFF
    return total
