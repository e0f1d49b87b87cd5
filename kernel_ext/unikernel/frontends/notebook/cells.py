"""What is in a cell under `%%unikernel`: its line, its program, and what that is compiled with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unikernel import programs
from unikernel.errors import UnikernelError
from unikernel.frontends.commands.arguments import HelpWanted
from unikernel.frontends.commands.parsers import parse, split
from unikernel_toolchain.errors import ToolchainError

if TYPE_CHECKING:
    from unikernel_toolchain.model.config import Config

_MAGIC = re.compile(r"\s*%%unikernel\b(?P<line>[^\n]*)\n")
_C = re.compile(r"\s--lang[\s=]+c\b")
_PACKAGE = re.compile(r"\s(?:-p|--package)[\s=]+([\w.+-]+)")
# In place of a program: of its text no more matters to what it is compiled with.
_PROGRAM, _LOGGING = "let start () = ()\n", "let start () = Logs.app ignore\n"


@dataclass(frozen=True)
class Cell:
    """A cell of ours. `program` is its text with blanks where the magic stands: places stay."""

    line: str
    program: str
    begins: int  # how many characters of the cell are not the program's

    @property
    def is_c(self) -> bool:
        """Say whether the program is in C."""
        return bool(_C.search(self.line))

    @property
    def is_config(self) -> bool:
        """Say whether it is a config.ml."""
        return self.line.split()[:1] == ["config"]

    def request(self) -> Config:
        """Return a request for what the program is compiled with.

        Of a line that is not understood, its packages count.
        """
        text = _LOGGING if "Logs" in self.program else _PROGRAM
        try:
            it = parse(split(self.line))
            return programs.request(
                text,
                name=it.name or "cell",
                target=it.target,
                language="ocaml",
                packages=it.package,
                nets=it.net,
                blocks=it.block,
            )
        except (AttributeError, HelpWanted, UnikernelError, ToolchainError):
            return programs.request(text, name="cell", packages=_PACKAGE.findall(self.line))


def cell_of(code: str) -> Cell | None:
    """Return the cell whose text this is, None when it is none of ours or has no program."""
    magic = _MAGIC.match(code)
    if magic is None:
        return None
    blank = re.sub(r"[^\n]", " ", magic[0])
    return Cell(magic["line"], blank + code[magic.end() :], magic.end())
