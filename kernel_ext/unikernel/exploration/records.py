"""Records: a measurement, or why there is none, as JSON has it.

What all rows of one measurement share stands once. Numbers that JSON has no words for, such as
NaN, are texts; and what guests wrote is cut.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from unikernel.model.exploration.points import Failure, Stage
from unikernel.model.measurement import Measurement, Scalar

from . import schedule

REASON, DETAIL, HINT = 400, 2000, 400  # characters of a failure that are kept
METRIC, TEXT = 200, 400  # of a row


def of_rows(rows: Iterable[Measurement]) -> dict[str, Any]:
    """Return the part of a record that holds rows."""
    rows = list(rows)
    first = rows[0].dimensions if rows else {}
    shared = {
        name: value
        for name, value in first.items()
        if all(name in row.dimensions and row.dimensions[name] == value for row in rows)
    }
    return {
        "dimensions": {name: _scalar(value) for name, value in shared.items()},
        "rows": [
            [row.metric[:METRIC], _scalar(float(row.value)), row.unit, _own(row, shared)]
            for row in rows
        ],
    }


def _own(row: Measurement, shared: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return {name: _scalar(v) for name, v in row.dimensions.items() if name not in shared}


def _scalar(value: object) -> Scalar:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:TEXT]


def rows_of(
    record: Mapping[str, Any], sample: int, more: Mapping[str, Scalar]
) -> Iterator[Measurement]:
    """Yield the rows of a record, with dimensions more. Raises what values of other types do."""
    where = {**record.get("dimensions", {}), "worker": record["worker"], "at_s": record["at_s"]}
    for metric, value, unit, own in record.get("rows", ()):
        dimensions = {**where, **own, **more}
        yield Measurement(str(metric), float(value), str(unit), dimensions, sample)


def check(record: Mapping[str, Any]) -> None:
    """Raise ValueError, KeyError, TypeError or AttributeError for what is no record of a run."""
    _, sample, _ = schedule.name_of(record)
    if type(record["run"]["sample"]) is not int or sample < 0:
        raise ValueError("a sample is a number from 0")
    if failure_of(record) is None:
        list(rows_of(record, sample, {}))
    float(record["at_s"])
    int(record.get("warm_ups", 0))


def failure(stage: Stage, reason: str, *, detail: str = "", hint: str = "") -> dict[str, Any]:
    """Return the part of a record that says why there are no rows."""
    kept = {"reason": _head(reason, REASON), "detail": _tail(detail, DETAIL)}
    return {"failure": {"stage": stage, **kept, "hint": _head(hint, HINT)}}


def _head(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _tail(text: str, most: int) -> str:
    return text if len(text) <= most else f"…{text[-most:]}"


def failure_of(record: Mapping[str, Any]) -> Failure | None:
    """Return why a record has no rows; None when it has."""
    told = record.get("failure")
    if told is None:
        return None
    return Failure(
        stage=told["stage"],
        reason=str(told["reason"]),
        detail=str(told["detail"]),
        hint=str(told["hint"]),
        worker=str(record.get("worker", "")),
    )
