"""Bars made of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .drawing import COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

NARROW = 0.055  # of the width; a narrower segment has no room for its number


def stack(
    axes: Axes,
    y: float,
    parts: Mapping[str, float],
    height: float,
    colours: Sequence[str] = COLOURS,
) -> list[tuple[float, float, float]]:
    """Draw parts one after the other; return where the middle of each is, and its width."""
    left, middles = 0.0, []
    for position, width in enumerate(parts.values()):
        colour = colours[position % len(colours)]
        axes.barh(y, width, left=left, height=height, color=colour, ec="white", lw=0.5)
        middles.append((left + width / 2, y, width))
        left += width
    axes.spines[["top", "right"]].set_visible(False)
    return middles


def label(axes: Axes, middles: list[tuple[float, float, float]], digits: int = 1) -> None:
    """Write each segment's number into it, where it fits."""
    total = sum(width for _, _, width in middles)
    for x, y, width in middles:
        if width >= NARROW * total:
            axes.text(x, y, f"{width:.{digits}f}", ha="center", va="center", fontsize=9)
