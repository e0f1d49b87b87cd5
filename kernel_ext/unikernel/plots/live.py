"""A plot that moves while its measurement runs.

rows so far ──▶ the specification alone, every INTERVAL_S   cheap: no picture is drawn
all rows    ──▶ the plot, picture and all                   what a saved notebook keeps
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from unikernel.model.dimensions import summary
from unikernel.model.measurement import Measurements

from .disks import block_spec
from .drawing import image_name
from .interactive import bundle_of
from .specs.vega_lite import Spec
from .timelines import boot_spec
from .traffic import http_spec, latency_spec, throughput_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unikernel.model.measurement import Measurement

INTERVAL_S = 0.7  # between two pictures
QUIET_S = 1.0  # a measurement that is over before is shown once, by whoever took it


# Not sizes, which are there at once.
SPECIFICATIONS: Mapping[str, Callable[[Measurements, str], Spec]] = {
    "boot": boot_spec,
    "throughput": throughput_spec,
    "http": http_spec,
    "latency": latency_spec,
    "block": block_spec,
}


class Moving:
    """One state of a plot that moves: a specification, and a text where there is no Vega."""

    def __init__(self, spec: Spec, text: str) -> None:
        self._data, self._metadata = bundle_of(spec, text)

    def __repr__(self) -> str:
        return str(self._data["text/plain"])

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        return self._data, self._metadata


class LivePlot:
    """Shows a plot of the rows so far through `show`; `watch` is for a measurement.

    `what` is one of SPECIFICATIONS.
    """

    def __init__(
        self,
        what: str,
        show: Callable[[object], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._show = show
        self._now = now
        self._next_s = now() + QUIET_S
        self._was_shown = False

    def watch(self, rows: Sequence[Measurement]) -> None:
        """Take in the rows so far."""
        if not rows or self._now() < self._next_s:
            return
        last = rows[-1]
        state = f"{last.metric} {last.value:,.3g} {last.unit}, sample {last.sample + 1}"
        found = Measurements(rows)
        title = f"{image_name(found)} is being measured: {state}\n{summary(found)}"
        self._show(Moving(SPECIFICATIONS[self._what](found, title), title))
        self._was_shown = True
        self._next_s = self._now() + INTERVAL_S

    def finish(self, last: object) -> None:
        """Show what stays in its place, if anything was shown."""
        if self._was_shown:
            self._show(last)
