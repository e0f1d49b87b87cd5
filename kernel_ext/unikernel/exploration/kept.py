"""What a sweep's journal has, to be looked at without asking its question again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unikernel.errors import UsageError
from unikernel.model.exploration.settings import axes_of, grid
from unikernel_toolchain.messages import os_errors

from . import journal
from .known import Known
from .reporting import report
from .sweep import Sweep


def swept(file: str | Path) -> Sweep:
    """Return what the journal of a sweep has; the sweep may be under way, or unfinished.

    Values of axes are numbers, truths and texts, as tables show them: of a list or a mapping there
    is its text. Raises UsageError for a file that cannot be read, and for another journal.
    """
    path = Path(file)
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise UsageError(f"Cannot read {path}: {os_errors.reason(problem)}.") from problem
    question, records = journal.parsed(path, data[: data.rfind(b"\n") + 1])
    if "tuning" in question:
        raise UsageError(
            f"{path} is the journal of a tuning.", hint="The same uk.tune shows it, and goes on."
        )
    known = Known()
    known.keep(records)
    axes = axes_of(_axes(path, question))
    repeat = known.repeats()
    images = [str(r["dimensions"]["image"]) for r in records if "image" in r.get("dimensions", {})]
    subject = re.sub(r"[^\w\-. +]", "", images[0] if images else path.stem)
    found = Sweep(
        what=str(question.get("what")).partition(" ")[0],
        subject=subject,
        axes=axes,
        points=tuple(known.point(settings, repeat) for settings in grid(axes)),
        baseline=known.baseline(),
    )
    return report.with_notes(found, known.dropped())


def _axes(path: Path, question: Mapping[str, Any]) -> dict[str, list[object]]:
    axes = question.get("axes")
    if not isinstance(axes, dict) or not all(isinstance(each, list) for each in axes.values()):
        raise UsageError(f"{path} is the journal of no sweep: it has no axes.")
    return {name: [_read(str(value)) for value in values] for name, values in axes.items()}


def _read(text: str) -> object:
    """Return the value of which a text is the label."""
    if text in ("True", "False"):
        return text == "True"
    if re.fullmatch(r"-?(0|[1-9]\d{0,30})", text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return text
    return number if str(number) == text else text
