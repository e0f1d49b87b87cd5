"""Colours for cells: a line of magic, and below `%%unikernel` the language of the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from pygments.lexer import Lexer
from pygments.lexers import CLexer, OcamlLexer, PythonLexer, TextLexer
from pygments.token import Comment, Keyword

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.token import _TokenType
    from sphinx.application import Sphinx

_PROGRAM = re.compile(r"%%unikernel +(build|config)\b.*\n")
_MAGIC = re.compile(r"^%.*\n?", re.MULTILINE)


class CellLexer(Lexer):
    """A cell of a notebook in Python, with magics."""

    name = "Notebook cell"
    aliases: ClassVar[list[str]] = ["cell"]
    otherwise: ClassVar[type[Lexer]] = PythonLexer

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Yield places, kinds and texts of tokens."""
        if found := _PROGRAM.match(text):
            yield 0, Keyword, found[0]
            below = CLexer() if "--lang c" in found[0] else OcamlLexer()
            yield from _within(below, text[found.end() :], found.end())
            return
        place = 0
        for magic in _MAGIC.finditer(text):
            yield from _within(self.otherwise(), text[place : magic.start()], place)
            line, hash_sign, comment = magic[0].partition("  #")
            yield magic.start(), Keyword, line
            if hash_sign:
                yield magic.start() + len(line), Comment, hash_sign + comment
            place = magic.end()
        yield from _within(self.otherwise(), text[place:], place)


class FenceLexer(CellLexer):
    """A block of a page that names no language: a cell if there is magic in it, else a text."""

    name = "Notebook cell or text"
    aliases: ClassVar[list[str]] = ["cell-or-text"]
    otherwise: ClassVar[type[Lexer]] = TextLexer


def _within(lexer: Lexer, text: str, place: int) -> Iterator[tuple[int, _TokenType, str]]:
    for start, kind, part in lexer.get_tokens_unprocessed(text):
        yield place + start, kind, part


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx: notebooks say that their cells are in Python."""
    for name in ("python", "python3", "ipython3"):
        app.add_lexer(name, CellLexer)
    app.add_lexer("cell-or-text", FenceLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
