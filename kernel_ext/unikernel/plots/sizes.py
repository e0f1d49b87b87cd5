"""What an image is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from unikernel.errors import MeasurementFailed
from unikernel.model.calls.arguments import checked

from . import series
from .bars import label, stack
from .drawing import BLUE, GREEN, image_name, title
from .interactive import Interactive
from .specs import treemap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from unikernel.model.measurement import Measurements, Scalar

LARGEST = 12
_LEGEND_COLUMNS = 4  # as many as are not wider than the bars
OTHERS = "(smaller symbols)"  # as measure.size calls them


@checked
def size(rows: object) -> Interactive:
    """Plot what an image is made of, and why each of its modules is in it.

    `rows` are what `measure.size` returns. With the mouse it is a treemap of packages, modules and
    symbols; the picture has sections, packages and the largest modules. Raises MeasurementFailed
    when there is no size in `rows`, or sizes of several images.
    """
    found = series.gathered(rows, "size").where(lambda row: row.metric.startswith("size."))
    if len(series.names(found)) > 1:
        raise MeasurementFailed(
            f"These rows hold sizes of several images: {'; '.join(series.names(found))}.",
            hint="plots.targets(rows) draws them side by side.",
        )
    figure = _figure(found)
    modules = _modules(found)
    spec = treemap.spec(modules, str(figure.get_suptitle()), OTHERS)
    return Interactive(figure, spec, found)


def _modules(rows: Measurements) -> list[treemap.Module]:
    """Return the modules, largest first, with their symbols."""
    symbols: dict[tuple[Scalar, Scalar], list[tuple[str, float]]] = {}
    for row in rows:
        if row.metric.startswith("size.symbol."):
            of = row.dimensions["package"], row.dimensions["module"]
            symbols.setdefault(of, []).append((str(row.dimensions["symbol"]), row.value))
    return [
        treemap.Module(
            package=str(row.dimensions["package"]),
            name=str(row.dimensions["name"]),
            size_bytes=row.value,
            because=str(row.dimensions["because"]),
            symbols=symbols.get((row.dimensions["package"], row.dimensions["module"]), []),
        )
        for row in rows
        if row.metric.startswith("size.module.")
    ]


def _figure(rows: Measurements) -> Figure:
    """Draw sections, packages, and the largest modules."""
    sections, packages, modules = (_sizes(rows, kind) for kind in ("section", "package", "module"))
    if not sections:
        raise MeasurementFailed("These rows hold no size.", hint="measure.size(image) takes some.")
    longest = min(max(len(packages), len(modules)), LARGEST)
    figure = Figure(figsize=(10, 2.9 + 0.26 * longest), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=(1, 1 + 0.7 * longest))
    top, left, right = (figure.add_subplot(place) for place in (grid[0, :], grid[1, 0], grid[1, 1]))
    kib = {name: size_bytes / 1024 for name, size_bytes in sections.items()}
    label(top, stack(top, 0, kib, 0.8))
    top.set_yticks([])
    top.set_xlabel("KiB")
    top.legend(
        [f"{name}  {_amount(size_bytes)}" for name, size_bytes in sections.items()],
        loc="lower left",
        bbox_to_anchor=(0, 1.02),
        ncols=_LEGEND_COLUMNS,
        frameon=False,
        fontsize=9,
    )
    _ranking(left, packages, "by package", BLUE)
    _ranking(right, modules, "largest modules", GREEN)
    memory, disk = sum(sections.values()), rows.median("size.image")
    title(figure, f"{image_name(rows)}: {disk:,.0f} bytes on disk, {memory:,.0f} in memory", rows)
    return figure


def _sizes(rows: Measurements, kind: str) -> dict[str, float]:
    prefix = f"size.{kind}."
    return {
        row.metric.removeprefix(prefix): row.value for row in rows if row.metric.startswith(prefix)
    }


def _amount(size_bytes: float) -> str:
    return f"{size_bytes:.0f} B" if size_bytes < 100 else f"{size_bytes / 1024:,.1f} KiB"


def _ranking(axes: Axes, sizes: Mapping[str, float], heading: str, colour: str) -> None:
    """Draw the largest entries as bars, each with its number; the heading counts the rest."""
    ranked = sorted(sizes.items(), key=lambda entry: -entry[1])
    shown = dict(ranked[:LARGEST])
    rest = ranked[LARGEST:]
    if rest:
        heading += f" ({len(rest)} more: {sum(value for _, value in rest) / 1024:,.1f} KiB)"
    kib = [value / 1024 for value in shown.values()]
    bars = axes.barh(range(len(shown)), kib, color=colour, height=0.75)
    axes.bar_label(bars, [f"{value:,.1f}" for value in kib], padding=3, fontsize=9)
    axes.set_yticks(range(len(shown)), list(shown), fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.3)  # for the longest bar's number
    axes.set_xlabel("KiB")
    axes.set_title(heading, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
