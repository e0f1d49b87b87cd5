"""A tuning for the mouse: measurements in their order, importances, a panel of points an axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import panels, theme, vega_lite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .vega_lite import Spec

WIDTH_PX = 230
LINE_CHARACTERS = 36  # that there is room for below a panel
KINDS = ("measured", "the best setting", "failed")
PALETTE = ("#0072b2", "#d55e00", "#777777")


@dataclass(frozen=True)
class Mark:
    """A measurement: its number, its value or None, the best until then, at which settings."""

    number: int
    value: float | None
    until: float | None
    is_best: bool
    settings: str

    @property
    def kind(self) -> str:
        """The word of the legend."""
        if self.value is None:
            return KINDS[2]
        return KINDS[1] if self.is_best else KINDS[0]


@dataclass(frozen=True)
class Slice:
    """One axis: its values in their order, and each measurement by its value there."""

    axis: str
    values: Sequence[str]
    points: Sequence[tuple[str, Mark]]


@dataclass(frozen=True)
class Scale:
    """The least and the most of all values; what failed stands at the `edge` beside the worst."""

    least: float
    most: float
    edge: float


def scale_of(marks: Sequence[Mark], *, rising: bool) -> Scale:
    """Return the scale of all panels; `rising` where the largest is best."""
    values = [mark.value for mark in marks if mark.value is not None]
    least, most = min(values), max(values)
    return Scale(least, most, least if rising else most)


@dataclass(frozen=True)
class Panels:
    """What is drawn: all measurements, axes, importances; `what` is the metric with its unit."""

    marks: Sequence[Mark]
    slices: Sequence[Slice]
    bars: Sequence[tuple[str, float]]
    what: str
    scale: Scale


def spec(drawn: Panels, title: str) -> Spec:
    """Return the specification."""
    scale = drawn.scale
    domain = [scale.least, scale.most if scale.most > scale.least else scale.least + 1]
    y: Spec = {"type": "quantitative", "title": drawn.what}
    y["scale"] = {"zero": False, "nice": True, "domain": domain}
    across = [_history(drawn.marks, y, scale.edge)]
    if drawn.bars:
        across.append(_bars(drawn.bars))
    across += [_slice(one, y, scale.edge, number) for number, one in enumerate(drawn.slices)]
    return vega_lite.chart(title, legend="bottom", concat=across, columns=2)


def _row(mark: Mark, edge: float) -> Spec:
    return {
        "number": mark.number,
        "at": edge if mark.value is None else mark.value,
        "until": mark.until,
        "kind": mark.kind,
        "settings": mark.settings,
    }


def _points(y: Spec, x: Spec, what: str) -> Spec:
    hover = {"kind": "it", "settings": "settings", "at#": what, "number#": "measurement"}
    return {
        "mark": {"type": "point", "filled": True, "size": 40, "clip": True},
        "encoding": {
            "x": x,
            "y": {**y, "field": "at"},
            "color": vega_lite.colours("kind", KINDS, None, PALETTE),
            "shape": vega_lite.shapes("kind", KINDS, None),
            "opacity": vega_lite.faint_unless(panels.CHOSEN),
            "tooltip": vega_lite.tooltip(hover),
        },
    }


def _history(marks: Sequence[Mark], y: Spec, edge: float) -> Spec:
    x = panels.quantity("number", "measurement")
    chosen = vega_lite.chosen_by_legend(panels.CHOSEN, "kind")
    line = {
        "mark": {"type": "line", "interpolate": "step-after", "color": PALETTE[0], "clip": True},
        "params": [chosen, vega_lite.zoom("zoom", ("x", "y"))],
        "encoding": {"x": x, "y": {**y, "field": "until"}},
    }
    return {
        "width": WIDTH_PX,
        "height": panels.HEIGHT_PX,
        "data": {"values": [_row(mark, edge) for mark in marks]},
        "layer": [line, _points(y, x, str(y["title"]))],
    }


def _slice(one: Slice, y: Spec, edge: float, number: int) -> Spec:
    x = panels.category("value", one.axis) | {"sort": list(one.values)}
    if not panels.fit_side_by_side(one.values, LINE_CHARACTERS):
        x["axis"] = {**x["axis"], "labelAngle": -45}
    points = _points(y, x, str(y["title"]))
    points["params"] = [vega_lite.zoom(f"zoom_{number}", ("y",))]
    return {
        "width": WIDTH_PX,
        "height": panels.HEIGHT_PX,
        "data": {"values": [{**_row(mark, edge), "value": name} for name, mark in one.points]},
        **points,
    }


def _bars(bars: Sequence[tuple[str, float]]) -> Spec:
    place: Spec = {"field": "axis", "type": "nominal", "sort": None, "title": None}
    place["axis"] = {"labelLimit": 140, "ticks": False, "domain": False}
    x = {"field": "part", "type": "quantitative", "title": "decides what is among the best"}
    text = {"field": "part", "type": "quantitative", "format": ".0%"}
    bar = {"type": "bar", "height": {"band": 0.8}, "color": vega_lite.SERIES_COLOURS[4]}
    number = {"type": "text", "align": "left", "dx": 4, "color": theme.INK}
    return {
        "width": WIDTH_PX,
        "height": {"step": panels.BAR_PX},
        "data": {"values": [{"axis": name, "part": round(part, 4)} for name, part in bars]},
        "encoding": {"y": place, "x": {**x, "axis": {"format": "%"}}},
        "layer": [{"mark": bar}, {"mark": number, "encoding": {"text": text}}],
    }
