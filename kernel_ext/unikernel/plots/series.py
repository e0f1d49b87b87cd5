"""Several measurements in one picture: put together, and told apart by what differs in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from unikernel.errors import MeasurementFailed, UsageError
from unikernel.model.measurement import Measurement, Measurements
from unikernel_toolchain.messages.visible import visible

if TYPE_CHECKING:
    from unikernel.model.measurement import Scalar

RUN = "run"  # the dimension that tells apart what was given as several measurements
LABEL = "label"  # what the reader calls each of them, which says all that differs
LABEL_CHARACTERS = 60
# What may differ between measurements that are compared, in the order labels name it, and how.
_DIMENSIONS: Mapping[str, str] = {
    LABEL: "{}",
    RUN: "{}",
    "image": "{}",
    "system": "{}",
    "target": "{}",
    "machine": "{}",
    "accelerator": "{}",
    "memory_mib": "{} MiB",
    "language": "{}",
    "network": "over {}",
    "mtu": "MTU {}",
    "offload": "offload {}",
    "protocol": "{}",
    "streams": "{} streams",
    "window_kib": "window {} KiB",
    "connections": "{} connections",
    "path": "{}",
    "size": "{} B",
    "qemu": "QEMU {}",
}


def gathered(rows: object, taken_by: str) -> Measurements:
    """Return one table of a measurement, of several, or of machines that have booted.

    Several are a sequence, told apart by the dimension `run` where nothing else does it, or a
    mapping of labels to measurements, which become the dimension `label`. `taken_by` is the
    measurement that makes such rows. Raises UsageError for anything else, MeasurementFailed for a
    machine without a boot timeline.
    """
    if isinstance(rows, Measurements):
        return rows
    if _has_booted(rows):
        return _of_machine(rows)
    if isinstance(rows, Mapping):
        return Measurements(
            row
            for name, each in rows.items()
            for row in marked(gathered(each, taken_by), LABEL, str(name))
        )
    if isinstance(rows, list | tuple) and rows:
        found = [gathered(each, taken_by) for each in rows]
        together = Measurements(row for each in found for row in each)
        if len(names(together)) == len(found):
            return together
        return Measurements(
            row
            for number, each in enumerate(found, 1)
            for row in marked(each, RUN, f"run {number}")
        )
    raise UsageError(
        f"A plot is made of measurements, not of {type(rows).__name__} {visible(repr(rows)[:40])}.",
        hint=f"uk.measure.{taken_by}(image) takes some; several are a list or a dict of them.",
    )


def marked(rows: Iterable[Measurement], dimension: str, value: str) -> Measurements:
    """Return the rows with a dimension more."""
    return Measurements(
        Measurement(
            row.metric, row.value, row.unit, {**row.dimensions, dimension: value}, row.sample
        )
        for row in rows
    )


def _has_booted(value: Any) -> bool:
    return hasattr(value, "timeline") and hasattr(value, "dimensions")


def _of_machine(machine: Any) -> Measurements:
    if machine.timeline is None:
        raise MeasurementFailed(
            f"{machine.name} has no boot timeline: its guest has said no line yet.",
            hint="uk.measure.boot(image) boots it anew and waits for the line.",
        )
    where = {**machine.dimensions(), RUN: machine.name}
    phases = machine.timeline.phases
    rows = [Measurement(f"boot.{one.name}", one.duration_ms, "ms", where) for one in phases]
    return Measurements([*rows, Measurement("boot.total", machine.timeline.total_ms, "ms", where)])


def names(rows: Iterable[Measurement]) -> dict[str, list[Measurement]]:
    """Return the rows of each series by its label, in the order they come.

    A label says what differs between series, such as "microvm, 64 MiB"; the image if nothing does.
    What a reader's own labels tell apart they alone say.
    """
    rows = list(rows)
    labels = {row.dimensions.get(LABEL) for row in rows}
    own = [[row for row in rows if row.dimensions.get(LABEL) == label] for label in labels]
    differing = [name for name in _DIMENSIONS if any(_differs(name, group) for group in own)]
    if len(labels) > 1:
        differing.insert(0, LABEL)
    found: dict[str, list[Measurement]] = {}
    for row in rows:
        found.setdefault(_label(row, differing or ["image"]), []).append(row)
    return found


def _differs(dimension: str, rows: Iterable[Measurement]) -> bool:
    return len({row.dimensions.get(dimension) for row in rows}) > 1


def by_system(rows: Measurements) -> Measurements:
    """Return rows whose dimension `system` tells all series apart.

    It is what it was where systems were measured once each: a unikernel, Linux beside it. Else it
    says how the measurements of one system differ.
    """
    systems: dict[str, list[Measurement]] = {}
    for row in rows:
        systems.setdefault(str(row.dimensions.get("system", "measured")), []).append(row)
    found = {system: names(own) for system, own in systems.items()}
    if all(len(own) == 1 for own in found.values()):
        return rows
    return Measurements(
        Measurement(row.metric, row.value, row.unit, {**row.dimensions, "system": new}, row.sample)
        for system, own in found.items()
        for label, members in own.items()
        for new in [label if len(systems) == 1 else f"{system}, {label}"]
        for row in members
    )


def _label(row: Measurement, differing: list[str]) -> str:
    parts = [
        _DIMENSIONS[name].format(_word(row.dimensions[name]))
        for name in differing
        if row.dimensions.get(name) is not None
    ]
    return short(", ".join(parts) or "measured")


def _word(value: Scalar) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def short(text: str, limit: int = LABEL_CHARACTERS) -> str:
    """Return a text as it may be shown in a picture: without control characters, and not long."""
    text = visible(text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
