"""What answers are made of."""

from __future__ import annotations

from dataclasses import dataclass


def _is_in_name(character: str) -> bool:
    return character.isalnum() or character in "_'"


@dataclass(frozen=True)
class Place:
    """A place in a program: `offset` counts characters before it."""

    text: str
    offset: int

    @property
    def line(self) -> int:
        """The line that it is on, the first is 1."""
        return self.text.count("\n", 0, self.offset) + 1

    @property
    def column(self) -> int:
        """How many bytes of UTF-8 stand before it on its line."""
        return len(self.text[: self.offset].rpartition("\n")[2].encode())

    @property
    def offset_bytes(self) -> int:
        """How many bytes of UTF-8 stand before it."""
        return len(self.text[: self.offset].encode())

    @property
    def name(self) -> str:
        """The whole name that it is in, or at the end of."""
        end = self.offset
        while end < len(self.text) and _is_in_name(self.text[end]):
            end += 1
        return self.prefix + self.text[self.offset : end]

    @property
    def is_label(self) -> bool:
        """Whether it is in the label of an argument, behind ~ or ?."""
        start = self.offset - len(self.prefix)
        return self.text[max(start - 1, 0) : start] in {"~", "?"}

    @property
    def prefix(self) -> str:
        """The dotted name that ends there, "" where none does."""
        start = self.offset
        while start and (_is_in_name(self.text[start - 1]) or self.text[start - 1] == "."):
            start -= 1
        return self.text[start : self.offset]


@dataclass(frozen=True)
class Name:
    """A name that may stand somewhere; `type` is "" where it has none.

    `kind` is value, module, type, constructor, field, label or module type.
    """

    name: str
    kind: str
    type: str


@dataclass(frozen=True)
class Description:
    """What a name means: its declaration, and its doc comment in odoc's markup.

    `interface` is a module's: the text of its .mli, or its signature.
    """

    name: str
    kind: str
    declaration: str
    comment: str
    interface: str = ""
