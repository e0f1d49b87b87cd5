"""A profile as a flame graph: who called whom, and how long each took.

A bar is a function, as wide as the share of samples in which it or what it called was seen; its
callers are below it. From left to right is no time: bars of one caller are in the order of names.

Source: Brendan Gregg, "The Flame Graph", CACM 59(6), 2016.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from unikernel.errors import MeasurementFailed
from unikernel.model.debugging.profile import OCAML, RUNTIME, C, kind

from .interactive import Interactive
from .series import short
from .specs import busiest
from .specs import flames as specs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

    from unikernel.model.debugging.profile import Profile

COLOURS = {OCAML: "#e69f00", RUNTIME: "#009e73", C: "#56b4e9"}
NARROWEST = 0.001  # of all samples; what is narrower cannot be seen
MOST_BARS = 1000  # with the longest names they are less than interactive's SPEC_BYTES
MOST_DEPTH = 60  # calls, of which the innermost are left out
_CHARACTER = 0.0072  # of the figure's width
_WIDTH, _ROW = 11.0, 0.19  # inches
_LONGEST = 60  # characters of a name beneath


@dataclass
class _Node:
    samples: int = 0
    children: dict[str, _Node] = field(default_factory=dict)


@dataclass(frozen=True)
class Bar:
    """A function in one way of calls: from which sample to which it lies, and how deep."""

    name: str
    begin: int
    end: int
    depth: int
    own: int


def flame(profile: Profile) -> Interactive:
    """Draw a profile as a flame graph. Raises MeasurementFailed when it has no sample."""
    if not profile.samples:
        raise MeasurementFailed(
            f"{profile.machine!r} was never seen at work in {profile.seconds:.1f} s: it waited.",
            hint="Give it something to do meanwhile, or look at it for longer: --seconds 10",
        )
    every = list(_bars(profile))
    bars = sorted(every, key=lambda bar: (-(bar.end - bar.begin), bar.depth))[:MOST_BARS]
    functions = busiest.lines(profile)
    title = _title(profile, len(every) - len(bars))
    spec = specs.spec(bars, profile.samples, title, COLOURS, functions)
    return Interactive(_figure(profile, bars, functions), spec, profile.rows(), text=str(profile))


def _title(profile: Profile, hidden: int) -> str:
    return profile.title + (f"\n{hidden:,} narrower bars are not shown" if hidden else "")


def _bars(profile: Profile) -> Iterator[Bar]:
    root = _Node()
    for calls, count in profile.calls.items():
        node = root
        node.samples += count
        for name in calls[:MOST_DEPTH]:
            node = node.children.setdefault(name, _Node())
            node.samples += count
    least = max(1, round(NARROWEST * root.samples))
    yield from _below(root, 0, 0, least)


def _below(node: _Node, begin: int, depth: int, least: int) -> Iterator[Bar]:
    for name, child in sorted(node.children.items()):
        if child.samples >= least:
            own = child.samples - sum(each.samples for each in child.children.values())
            yield Bar(name, begin, begin + child.samples, depth, own)
            yield from _below(child, begin, depth + 1, least)
        begin += child.samples


def _figure(profile: Profile, bars: list[Bar], functions: list[tuple[str, ...]]) -> Figure:
    rows, lines = max(bar.depth for bar in bars) + 1, len(functions) + 1
    figure = Figure(figsize=(_WIDTH, 1.1 + _ROW * (rows + lines)), layout="constrained")
    axes, beneath = figure.subplots(2, height_ratios=(rows, lines))
    _list(beneath, functions)
    for each, colour in COLOURS.items():
        shown = [bar for bar in bars if kind(bar.name) == each]
        widths = [bar.end - bar.begin for bar in shown]
        axes.barh(
            [bar.depth for bar in shown],
            widths,
            left=[bar.begin for bar in shown],
            height=0.94,
            color=colour,
            edgecolor="white",
            linewidth=0.5,
        )
    for bar in bars:
        _write(axes, bar, profile.samples)
    axes.set_xlim(0, profile.samples)
    axes.set_ylim(-0.5, rows - 0.5)
    axes.set_axis_off()
    legend = [Patch(color=colour, label=label) for label, colour in COLOURS.items()]
    figure.legend(handles=legend, loc="outside lower left", ncols=3, frameon=False, fontsize=8)
    figure.suptitle(profile.title, fontsize=10, x=0.01, ha="left")
    return figure


def _list(axes: Axes, functions: list[tuple[str, ...]]) -> None:
    """Write the busiest functions as lines."""
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(len(functions), 0)
    columns = ((0.05, "right"), (0.11, "right"), (0.13, "left"), (0.62, "left"))
    for number, line in enumerate(functions):
        weight = "normal" if number else "bold"
        for text, (x, align) in zip(line, columns, strict=True):
            axes.text(
                x,
                number + 0.5,
                short(text, _LONGEST),
                ha=align,
                va="center",
                fontsize=8,
                fontweight=weight,
                clip_on=True,
                parse_math=False,
            )


def _write(axes: Axes, bar: Bar, samples: int) -> None:
    """Write a bar's name as far as it has room."""
    room = int((bar.end - bar.begin) / samples / _CHARACTER)
    if room >= 4:
        text = bar.name if len(bar.name) <= room else f"{bar.name[: room - 1]}…"
        axes.text(
            bar.begin,
            bar.depth,
            f" {text}",
            va="center",
            fontsize=7,
            clip_on=True,
            parse_math=False,
        )
