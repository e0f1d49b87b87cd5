"""What all pictures share: colours and titles.

Colours are Okabe and Ito's, which readers of every colour vision tell apart; every number that
matters is also written out.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from unikernel.model.dimensions import summary

from .series import short
from .specs.panels import fit_side_by_side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from unikernel.model.measurement import Measurements

COLOURS = ("#b0b0b0", "#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#0072b2", "#d55e00")
LINE = 110  # characters of a title
MOST_TICKS, TICK_CHARACTERS = 24, 20  # that have names along an axis
LINE_CHARACTERS = 44  # that there is room for below a panel
BLUE, GREEN = "#56b4e9", "#7fc9b1"


def title(figure: Figure, text: str, rows: Measurements) -> None:
    """Write what a figure shows, and under it where that was measured."""
    lines = [line for whole in (text, summary(rows)) for line in textwrap.wrap(whole, LINE)]
    figure.suptitle("\n".join(lines), fontsize=11, x=0.01, ha="left")


def image_name(rows: Measurements) -> str:
    """Return the name of the first image that was measured."""
    return next(str(row.dimensions.get("image", "image")) for row in rows)


def plain(text: str) -> str:
    """Return a text that matplotlib draws as it is: between dollars it would see formulas."""
    return text.replace("$", r"\$")


def name_ticks(axes: Axes, names: Sequence[str]) -> None:
    """Name the places 0, 1, … of the x axis: turned where there is no room for all side by side.

    Of more than MOST_TICKS some alone have their name.
    """
    step = -(-len(names) // MOST_TICKS)
    shown = [plain(short(name, TICK_CHARACTERS)) for name in names[::step]]
    axes.set_xticks(range(0, len(names), step), shown)
    if not fit_side_by_side(shown, LINE_CHARACTERS):
        for label in axes.get_xticklabels():
            label.set(rotation=45, ha="right", rotation_mode="anchor")
