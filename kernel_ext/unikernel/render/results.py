"""What commands answer: values that read well as text and as HTML, everywhere."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from html import escape

from unikernel.guest.screens import render_all
from unikernel_toolchain.messages.visible import visible, visible_lines


class Result:
    """A command's answer: `str()` is complete by itself, HTML is the same, laid out."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return _preformatted(str(self))


def _preformatted(text: str) -> str:
    return f'<pre style="margin: 0; padding: 0">{escape(text)}</pre>'


@dataclass(frozen=True, repr=False)
class Note(Result):
    """A sentence."""

    text: str

    def __str__(self) -> str:
        return visible_lines(self.text)

    def _repr_html_(self) -> str:
        return f"<div>{escape(str(self))}</div>"


@dataclass(frozen=True, repr=False)
class Verbatim(Result):
    """Text of our own: help, what a build will run."""

    text: str

    def __str__(self) -> str:
        return visible_lines(self.text.rstrip("\n"))


@dataclass(frozen=True, repr=False)
class Warned(Verbatim):
    """What compilers say of a program that they take. It is no failure, and looks like none."""

    def _repr_html_(self) -> str:
        edge = "border-left: 3px solid var(--jp-warn-color1, #a06000); padding-left: 1ch"
        return f'<div role="note" style="{edge}">{_preformatted(str(self))}</div>'


@dataclass(frozen=True, repr=False)
class ConsoleOutput(Result):
    """What a console showed, shown as terminals would; a pipe gets the bytes themselves.

    What a guest has cleared is shown, too. `raw` passes control characters on to a terminal.
    """

    data: bytes
    raw: bool = False

    def __str__(self) -> str:
        text = self.data.decode("utf-8", "replace")
        return text if self.raw else render_all(text).rstrip("\n")

    def _repr_html_(self) -> str:
        return _preformatted(str(replace(self, raw=False)))


@dataclass(frozen=True, repr=False)
class Reply(Result):
    """What QEMU answered to a QMP command."""

    value: object

    def __str__(self) -> str:
        return visible_lines(json.dumps(self.value, indent=2, ensure_ascii=False))


@dataclass(frozen=True, repr=False)
class Table(Result):
    """Rows of cells under headings; `empty` is shown when there are no rows.

    A column whose heading ends in `>` is aligned to the right. `note` stands below the rows, and
    below it `detail` as it is: lines of tools.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = ""
    note: str = ""
    detail: str = ""

    def _columns(self) -> list[tuple[str, bool]]:
        return [(heading.rstrip(">"), heading.endswith(">")) for heading in self.headings]

    def __str__(self) -> str:
        if not self.rows:
            return self.empty
        columns = self._columns()
        table = [
            tuple(title for title, _ in columns),
            *(tuple(map(visible, row)) for row in self.rows),
        ]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, (_, right) in zip(row, widths, columns, strict=True)
            ).rstrip()
            for row in table
        ]
        below = [visible_lines(text) for text in (self.note, self.detail) if text]
        return "\n".join([*lines, *below])

    def _repr_html_(self) -> str:
        if not self.rows:
            return f"<p>{escape(self.empty)}</p>"
        styles = [f"text-align: {'right' if right else 'left'}" for _, right in self._columns()]
        head = _row("th", [title for title, _ in self._columns()], styles)
        body = "".join(_row("td", row, styles) for row in self.rows)
        lines = escape(visible_lines(self.note)).replace("\n", "<br>")
        note = f"<p>{lines}</p>" if self.note else ""
        detail = _preformatted(visible_lines(self.detail)) if self.detail else ""
        return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>{note}{detail}"


def _row(tag: str, cells: tuple[str, ...] | list[str], styles: list[str]) -> str:
    row_html = "".join(
        f'<{tag} style="{style}">{escape(visible(cell))}</{tag}>'
        for cell, style in zip(cells, styles, strict=True)
    )
    return f"<tr>{row_html}</tr>"


class Tabulated(Result, ABC):
    """A value that reads as the table it makes of itself."""

    @abstractmethod
    def table(self) -> Table:
        """Return the table."""

    def __str__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()
