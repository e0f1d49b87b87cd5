"""A held guest between two instructions, as text and as tables.

What has changed since the last look has a mark and what it was before, not a colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from unikernel.model.debugging.step import Line, Step
from unikernel_toolchain.messages.visible import visible, visible_lines

from .results import Result

_REGISTERS_A_LINE = 4
_BYTES_A_LINE = 16
_CELL = "text-align: left; font-family: monospace; white-space: pre"
_CHANGED = "font-weight: 700; text-decoration: underline"

Table = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]  # title, headings, rows


@dataclass(frozen=True, repr=False)
class StepView(Result):
    """A step for people."""

    step: Step

    def __str__(self) -> str:
        if self.step.ended:
            return visible_lines(f"{self.step.machine}: {self.step.ended}")
        parts = [_heading(self.step), *_code(self.step.source, "", "d")]
        parts += _code(self.step.instructions, "instructions", "#x")
        parts += ["registers (* has changed)", *_register_lines(self.step)]
        for title, headings, rows in _tables(self.step):
            parts += [title, *_columns((headings, *rows))]
        return visible_lines("\n".join(parts))

    def _repr_html_(self) -> str:
        if self.step.ended:
            return super()._repr_html_()
        code = _pre([*_code(self.step.source, "", "d"), ""]) if self.step.source else ""
        code += _pre(_code(self.step.instructions, "", "#x"))
        tables = "".join(_table_html(*table) for table in _tables(self.step))
        return (
            f"<div><b>{escape(visible(_heading(self.step)))}</b>"
            '<div style="display: flex; flex-wrap: wrap; gap: 1.5em; align-items: flex-start">'
            f"<div>{code}</div>{_registers_html(self.step)}{tables}</div></div>"
        )


def _heading(step: Step) -> str:
    place = step.place
    if place is None:
        return step.machine
    line = f", {place.file} line {place.line}" if place.line is not None else ""
    left = f" ({step.left:,} steps were left)" if step.left else ""
    return f"{step.machine}: {place.function} at {place.address:#x}{line}{left}"


def _code(lines: Sequence[Line], title: str, number: str) -> list[str]:
    numbers = [f"{it.number:{number}}" for it in lines]
    width = max(map(len, numbers), default=0)
    shown = [
        f"{'=>' if it.current else '  '} {which:>{width}}  {it.text}"
        for which, it in zip(numbers, lines, strict=True)
    ]
    return [title, *shown] if title and lines else shown


def _pre(lines: Iterable[str]) -> str:
    text = escape(visible_lines("\n".join(lines)))
    return f'<pre style="margin: 0 0 0.5em 0; padding: 0">{text}</pre>'


def _register_lines(step: Step) -> list[str]:
    cells = [
        f"{'*' if it.before is not None else ' '}{it.name:<6} {it.value:#018x}"
        for it in step.registers
    ]
    rows = range(0, len(cells), _REGISTERS_A_LINE)
    before = [f"  {it.name} was {it.before:#x}" for it in step.registers if it.before is not None]
    return ["  ".join(cells[at : at + _REGISTERS_A_LINE]) for at in rows] + before


def _registers_html(step: Step) -> str:
    rows = "".join(
        f'<tr><th scope="row" style="{_CELL}">{escape(it.name)}</th>'
        f'<td style="{_CELL}{"; " + _CHANGED if it.before is not None else ""}">{it.value:#x}</td>'
        f'<td style="{_CELL}">{"" if it.before is None else f"* was {it.before:#x}"}</td></tr>'
        for it in step.registers
    )
    return f"<table><caption>registers (* has changed)</caption><tbody>{rows}</tbody></table>"


def _tables(step: Step) -> list[Table]:
    """Return the tables that there is something for."""
    stack = tuple((f"{it.address:#x}", f"{it.value:#x}", it.note) for it in step.stack)
    pages = tuple((f"{it.start:#x}", f"{it.end:#x}", it.rights, it.what) for it in step.pages)
    walk = tuple(
        (it.level, str(it.index), f"{it.address:#x}", f"{it.value:#x}", it.meaning)
        for it in step.walk
    )
    found: list[Table] = [
        ("stack", ("address", "word", "may be in"), stack),
        (f"memory at {step.memory_at:#x}", ("address", "bytes", "text"), _bytes(step)),
        ("pages", ("from", "to", "rights", "what"), pages),
        ("page tables", ("table", "entry", "at", "value", "meaning"), walk),
    ]
    return [table for table in found if table[2]]


def _bytes(step: Step) -> tuple[tuple[str, ...], ...]:
    rows = []
    for start in range(0, len(step.memory), _BYTES_A_LINE):
        data = step.memory[start : start + _BYTES_A_LINE]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
        rows.append((f"{step.memory_at + start:#x}", data.hex(" "), text))
    return tuple(rows)


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (
        [visible(cell).ljust(width) for cell, width in zip(row, widths, strict=True)]
        for row in rows
    )
    return [f"  {'  '.join(row)}".rstrip() for row in padded]


def _table_html(title: str, headings: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    head = "".join(f'<th scope="col" style="{_CELL}">{escape(it)}</th>' for it in headings)
    body = "".join(
        "<tr>"
        + "".join(f'<td style="{_CELL}">{escape(visible(cell))}</td>' for cell in row)
        + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )
