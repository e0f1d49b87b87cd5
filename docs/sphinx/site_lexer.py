"""Colours for cells: lines of magic, and below `%%unikernel` the language of the program."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from pygments.lexer import Lexer
from pygments.lexers import PythonLexer, TextLexer, get_lexer_by_name
from pygments.token import Comment, Error, Keyword, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.token import _TokenType
    from sphinx.application import Sphinx

_ABOVE = re.compile(r"%%(\w+) +(\S+).*\n")  # a program, or a file
_OF_SUFFIX = {".ml": "ocaml", ".mli": "ocaml", ".c": "c", ".h": "c"}
_MAGIC = re.compile(r"^%.*\n?", re.MULTILINE)


class CellLexer(Lexer):
    """A cell of a notebook in Python, with magics."""

    name = "Notebook cell"
    aliases: ClassVar[list[str]] = ["cell"]
    otherwise: ClassVar[type[Lexer]] = PythonLexer

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Yield places, kinds and texts of tokens."""
        if found := _ABOVE.match(text):
            yield 0, Keyword, found[0]
            yield from _within(_below(found), text[found.end() :], found.end())
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


def _below(magic: re.Match[str]) -> Lexer:
    """Return the lexer of what stands below the first line of a cell."""
    if magic[1] == "writefile":
        return get_lexer_by_name(_OF_SUFFIX.get(PurePath(magic[2]).suffix, "text"))
    if magic[1] != "unikernel" or magic[2] == "gdb":
        return get_lexer_by_name("text")
    return get_lexer_by_name("c" if "--lang c" in magic[0] else "ocaml")


def _within(lexer: Lexer, text: str, place: int) -> Iterator[tuple[int, _TokenType, str]]:
    """Yield tokens; where there is none the cell is wrong, or unfinished, and meant to be."""
    for start, kind, part in lexer.get_tokens_unprocessed(text):
        yield place + start, Text if kind is Error else kind, part


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx: notebooks say that their cells are in Python."""
    for name in ("python", "python3", "ipython3"):
        app.add_lexer(name, CellLexer)
    app.add_lexer("cell-or-text", FenceLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
