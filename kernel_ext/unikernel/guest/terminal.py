"""Terminal: what a terminal would show of a console's text.

Of ECMA-48 it does what programs use to draw progress and screens: carriage return, backspace and
tabs, moving the cursor, erasing, inserting and deleting. Colours, titles, modes and other strings
show nothing. There is no right margin: a line is as long as its text; one that the cursor goes
back in is wrapped first, so that a guest cannot make a step cost more than WIDTH characters.

Why not pyte: it takes 100 to 200 ms for the 20 kB that are drawn, ten times a second, and shows
the body of DCS, APC and PM strings. This takes one to five.
"""

from __future__ import annotations

import re
import unicodedata

from unikernel_toolchain.messages.visible import visible_lines

WIDTH = 1000  # characters of a line that can still be changed
HEIGHT = 24  # lines the cursor can go back
TAB = 8

# Shows nothing: strings (OSC, DCS, SOS, PM, APC), colours, modes, character sets, the bell, and
# what is left of a sequence that is still on its way.
_STRING = r"\x1b[\]PX^_][^\x00-\x1f\x7f]*(?:\x07|\x1b\\)?"
_PARAMETERS = r"[0-?]*[ -/]*"
_MOVING = "ABCDEFGHJKLMPX@dfsu"  # final characters of the control sequences done here
_SILENT = re.compile(
    rf"{_STRING}|\x1b\[(?:{_PARAMETERS}[^\x00-?{_MOVING}\x7f-\U0010ffff]|[<-?]{_PARAMETERS}[@-~])"
    r"|\x1b[ -/]+[0-~]|\x1b[0-6]|\x1b[9->FGHN-OQ-WYZa-bd-~\\]|\x07"
    rf"|\x1b(?:\[{_PARAMETERS}|[ -/]*)\Z"
)
_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f]+)|\x1b\[(?P<numbers>[0-9;:]*)(?P<sequence>[A-HJ-MPX@dfsu])"
    r"|\x1b(?P<escape>[78cDEM])|(?P<control>[\x00-\x1f\x7f])"
)
_PLAIN_LINE_END = re.compile(r"\r+\n")
_NEEDS_CELLS = re.compile(r"[\x08\x0b\x0c\r\x1b]")


def render(text: str) -> str:
    """Return the lines that a terminal would show; other control characters are made visible."""
    text = _PLAIN_LINE_END.sub("\n", _SILENT.sub("", text))
    tabs_move_wide_text = "\t" in text and not text.isascii()
    if _NEEDS_CELLS.search(text) or tabs_move_wide_text:
        terminal = Terminal()
        terminal.feed(text)
        text = str(terminal)
    else:
        text = text.expandtabs(TAB)
    return visible_lines(text)


class Terminal:
    """Lines of cells, the last HEIGHT of which are the screen. A wide character has two cells."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = [[]]
        self._row = 0  # where the cursor is
        self._column = 0
        self._saved = (0, 0)  # line of the screen, column

    def __str__(self) -> str:
        return "\n".join("".join(row).rstrip(" ") for row in self._rows)

    @property
    def _top(self) -> int:
        return max(0, len(self._rows) - HEIGHT)

    def feed(self, text: str) -> None:
        """Take text whose silent sequences have been removed."""
        for token in _TOKEN.finditer(text):
            kind = token.lastgroup
            if kind == "text":
                self._put(_cells(token["text"]))
            elif kind == "control":
                self._control(token["control"])
            elif kind == "escape":
                self._escape(token["escape"])
            else:
                self._sequence(token["sequence"], _numbers(token["numbers"]))

    def _put(self, cells: list[str]) -> None:
        row, start = self._rows[self._row], self._column
        if start > len(row):
            row.extend(" " * (start - len(row)))
        end = start + len(cells)
        if start and start < len(row) and not row[start]:  # half a wide character is none
            row[start - 1] = " "
        if end < len(row) and not row[end]:
            row[end] = " "
        row[start:end] = cells
        self._column = end

    def _control(self, control: str) -> None:
        match control:
            case "\n" | "\x0b" | "\x0c":
                self._line_feed()
                self._column = 0 if control == "\n" else self._column  # as the tty driver has it
            case "\r":
                self._wrap()
                self._column = 0
            case "\b":
                self._wrap()
                self._column = max(0, self._column - 1)
            case "\t":
                self._column += TAB - self._column % TAB
            case _:
                self._put([control])

    def _line_feed(self) -> None:
        self._row += 1
        if self._row == len(self._rows):
            self._rows.append([])

    def _wrap(self) -> None:
        """Wrap a long line before the cursor goes back in it."""
        row = self._rows[self._row]
        if len(row) <= WIDTH:
            self._column = min(self._column, WIDTH)
            return
        parts = [row[at : at + WIDTH] for at in range(0, len(row), WIDTH)]
        self._rows[self._row : self._row + 1] = parts
        self._row += min(self._column, len(row)) // WIDTH
        self._row = min(self._row, len(self._rows) - 1)
        self._column %= WIDTH

    def _escape(self, final: str) -> None:
        match final:
            case "7":
                self._save()
            case "8":
                self._restore()
            case "c":
                self._erase_screen(2)
                self._go(0, 0)
            case "D":
                self._line_feed()
            case "E":
                self._line_feed()
                self._column = 0
            case _ if self._row > self._top:  # reverse line feed
                self._row -= 1
            case _:
                self._insert_lines(1)

    def _save(self) -> None:
        self._saved = (self._row - self._top, self._column)

    def _restore(self) -> None:
        self._go(*self._saved)

    def _go(self, line: int, column: int) -> None:
        """Go to a line of the screen and a column, as far as there are any."""
        self._wrap()
        row = self._top + max(0, min(line, HEIGHT - 1))
        self._rows.extend([] for _ in range(row + 1 - len(self._rows)))
        self._row = row
        self._column = max(0, min(column, WIDTH - 1))

    def _sequence(self, final: str, numbers: list[int]) -> None:
        self._wrap()
        first = numbers[0] if numbers else 0
        count = max(1, first)
        line = self._row - self._top
        match final:
            case "A" | "F":
                self._go(line - count, self._column if final == "A" else 0)
            case "B" | "E":
                self._go(line + count, self._column if final == "B" else 0)
            case "C":
                self._go(line, self._column + count)
            case "D":
                self._go(line, self._column - count)
            case "G":
                self._go(line, count - 1)
            case "d":
                self._go(count - 1, self._column)
            case "H" | "f":
                self._go(count - 1, (numbers[1] if len(numbers) > 1 else 1) - 1)
            case "s":
                self._save()
            case "u":
                self._restore()
            case _:
                self._change(final, first)

    def _change(self, final: str, number: int) -> None:
        """Erase, insert or delete."""
        row, count = self._rows[self._row], max(1, number)
        match final:
            case "J":
                self._erase_screen(number)
            case "K":
                self._erase_line(number)
            case "L":
                self._insert_lines(count)
            case "M":
                del self._rows[self._row : self._row + count]
                self._rows.extend([] for _ in range(self._row + 1 - len(self._rows)))
            case "P":
                del row[self._column : self._column + count]
            case "X":
                end = min(self._column + count, len(row))
                row[self._column : end] = " " * (end - self._column)
            case _ if self._column < len(row):  # insert blanks
                row[self._column : self._column] = " " * min(count, WIDTH)
                del row[WIDTH:]

    def _erase_line(self, which: int) -> None:
        row = self._rows[self._row]
        if which in {1, 2}:
            end = min(self._column + 1, len(row))
            row[:end] = " " * end
        if which in {0, 2}:
            del row[self._column :]

    def _erase_screen(self, which: int) -> None:
        """Erase from the cursor on, up to it, all of the screen, or what has left it."""
        if which == 3:
            top = self._top
            del self._rows[:top]
            self._row -= top
            return
        if which in {0, 1}:
            self._erase_line(which)
        rows = range(self._top, self._row) if which == 1 else range(self._row + 1, len(self._rows))
        for row in range(self._top, len(self._rows)) if which == 2 else rows:
            self._rows[row] = []

    def _insert_lines(self, count: int) -> None:
        bottom = len(self._rows)
        self._rows[self._row : self._row] = [[] for _ in range(min(count, HEIGHT))]
        del self._rows[max(bottom, self._row + 1) :]


def _numbers(text: str) -> list[int]:
    """Return the parameters of a control sequence; 0 stands for one left out."""
    return [min(int(number[:6] or 0), 99999) for number in re.split("[;:]", text)] if text else []


def _cells(text: str) -> list[str]:
    """Return the cells that text fills: two for a wide character, none for a combining one."""
    if text.isascii():
        return list(text)
    cells: list[str] = []
    for character in text:
        if cells and unicodedata.category(character) in {"Mn", "Me"}:
            cells[-1] += character
        else:
            cells.append(character)
            if unicodedata.east_asian_width(character) in "WF":
                cells.append("")
    return cells
