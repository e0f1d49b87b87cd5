"""The boot timeline for the mouse: a stacked bar for each boot, medians above, spread and ratio."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import theme, vega_lite
from .vega_lite import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_BARS = 60
BAR_PX = 20
LABEL_PX = 190
WITH_NUMBER = 0.055  # of the longest bar; a narrower segment has no room for its number
ROOM = 1.15  # for the number behind the longest bar
MEDIAN = "median"
_LABEL = r"replace(datum.label, /^.* · (?=\d+$)/, '')"  # of a repeat its number alone


@dataclass(frozen=True)
class Boots:
    """The boots of one series: its label, and by phase the milliseconds of each sample."""

    label: str
    phases: Mapping[str, Mapping[int, float]]

    @property
    def samples(self) -> list[int]:
        """The numbers of the boots."""
        return sorted({sample for values in self.phases.values() for sample in values})

    @property
    def medians_ms(self) -> dict[str, float]:
        """The median of each phase."""
        return {name: statistics.median(values.values()) for name, values in self.phases.items()}

    @property
    def totals_ms(self) -> list[float]:
        """What each boot took."""
        return [
            sum(values.get(sample, 0.0) for values in self.phases.values())
            for sample in self.samples
        ]

    @property
    def total_ms(self) -> float:
        """The median of what the boots took."""
        return statistics.median(self.totals_ms)


def spec(series: Sequence[Boots], title: str, colours: Mapping[str, str], axis: str) -> Spec:
    """Return the specification for boots of one or of several series.

    `colours` are those of phases, in their order; `axis` says what time is counted from. Of many
    repeats the first are drawn, and the axis' label says so.
    """
    shown = max(0, (MOST_BARS - len(series)) // len(series))
    segments = [segment for boots in series for segment in _segments(boots, shown, series[0])]
    bars = list(dict.fromkeys(segment["bar"] for segment in segments))
    ends = [segment["end"] for segment in segments]
    longest = max(*ends, *(max(boots.totals_ms) for boots in series)) or 1.0
    y: Spec = {"field": "bar", "type": "nominal", "sort": bars, "title": None}
    y["axis"] = {"labelLimit": LABEL_PX, "ticks": False, "domain": False, "labelExpr": _LABEL}
    hidden = sum(max(0, len(boots.samples) - shown) for boots in series)
    x_title = axis + (f" ({hidden} more repeats are in the medians only)" if hidden else "")
    names = [name for name in colours if any(name in boots.phases for boots in series)]
    colour = vega_lite.colours("phase", names, "phase", [colours[name] for name in names])
    hover = {"phase": "phase", "ms#": "ms", "start#": "from, ms", "end#": "to, ms", "bar": "boot"}
    hover |= {"spread": "all repeats", "against": "against the first median"}
    bar: Spec = {
        "mark": {"type": "bar", "stroke": "white", "strokeWidth": 0.6, "clip": True},
        "params": [
            vega_lite.zoom("zoom"),
            vega_lite.chosen_by_legend("phase_chosen", "phase"),
        ],
        "encoding": {
            "x": {
                "field": "start",
                "type": "quantitative",
                "title": x_title,
                "scale": {"domain": [0, ROOM * longest], "nice": False},
            },
            "x2": {"field": "end"},
            "y": y,
            "color": colour,
            "opacity": vega_lite.faint_unless("phase_chosen"),
            "tooltip": vega_lite.tooltip(hover),
        },
    }
    return vega_lite.chart(
        title,
        width=theme.MOST_PX,
        height={"step": BAR_PX},
        autosize={"type": "fit-x", "contains": "padding"},
        data={"values": segments},
        layer=[bar, _numbers(y, longest), *_totals(series, y)],
    )


def _segments(boots: Boots, shown: int, first: Boots) -> Iterator[dict[str, Any]]:
    for name, start, ms in _stacked(boots.medians_ms):
        yield {**_segment(_median_bar(boots), name, start, ms), **_compared(boots, name, ms, first)}
    for number, sample in enumerate(boots.samples[:shown], 1):
        parts = {name: values.get(sample, 0.0) for name, values in boots.phases.items()}
        for name, start, ms in _stacked(parts):
            segment = _segment(f"{boots.label} · {number}", name, start, ms)
            yield {**segment, **_compared(boots, name, ms, first)}


def _compared(boots: Boots, phase: str, ms: float, first: Boots) -> dict[str, str]:
    """Return the spread of a phase over the repeats, and how it differs from the first series."""
    values = boots.phases[phase].values()
    reference = first.medians_ms.get(phase)
    differs = "not there" if reference is None else f"{ms - reference:+.3g} ms"
    return {"spread": f"{min(values):.3g} to {max(values):.3g} ms", "against": differs}


def _median_bar(boots: Boots) -> str:
    return f"{boots.label} · {MEDIAN}"


def _segment(bar: str, phase: str, start: float, ms: float) -> dict[str, Any]:
    ends = {"start": round(start, 4), "end": round(start + ms, 4), "ms": round(ms, 4)}
    return {"bar": bar, "phase": phase, **ends}


def _stacked(parts: Mapping[str, float]) -> Iterator[tuple[str, float, float]]:
    """Yield each part with where it begins and how long it is."""
    start = 0.0
    for name, ms in parts.items():
        yield name, start, ms
        start += ms


def _numbers(y: Spec, longest: float) -> Spec:
    """Return the milliseconds in the segments of medians."""
    fits = f"test(/{MEDIAN}$/, datum.bar) && datum.ms > {WITH_NUMBER * longest:.6g}"
    middle = {"calculate": "(datum.start + datum.end) / 2", "as": "middle"}
    return {
        "transform": [{"filter": fits}, middle],
        "mark": {"type": "text", "fontSize": 10, "color": "black", "clip": True},
        "encoding": {
            "x": {"field": "middle", "type": "quantitative"},
            "y": y,
            "text": {"field": "ms", "type": "quantitative", "format": ".3~g"},
        },
    }


def _totals(series: Sequence[Boots], y: Spec) -> list[Spec]:
    """Return the number behind each median's bar, and at its foot its shortest to longest boot."""
    totals = [
        {
            "bar": _median_bar(boots),
            "total": boots.total_ms,
            "least": min(boots.totals_ms),
            "most": max(boots.totals_ms),
            "end": max(*boots.totals_ms, sum(boots.medians_ms.values())),
        }
        for boots in series
    ]
    hover = {"bar": "boots", "total#": "median, ms"}
    hover |= {"least#": "shortest, ms", "most#": "longest, ms"}
    foot = {"strokeWidth": 2, "color": "#666", "yOffset": BAR_PX / 2 - 4, "clip": True}
    number = {"align": "left", "dx": 4, "color": theme.INK, "clip": True}
    shared: Spec = {"y": y, "tooltip": vega_lite.tooltip(hover)}
    x = {"field": "least", "type": "quantitative"}
    text = {"field": "total", "type": "quantitative", "format": ".3~r"}
    return [
        {
            "data": {"values": totals},
            "mark": {"type": "rule", **foot},
            "encoding": {"x": x, "x2": {"field": "most"}, **shared},
        },
        {
            "data": {"values": totals},
            "mark": {"type": "text", **number},
            "encoding": {"x": {**x, "field": "end"}, "text": text, **shared},
        },
    ]
