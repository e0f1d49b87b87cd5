"""What all pictures share: colours and titles.

Colours are Okabe and Ito's, which readers of every colour vision tell apart; every number that
matters is also written out.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from unikernel.model.dimensions import summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from unikernel.model.measurement import Measurements

COLOURS = ("#b0b0b0", "#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#0072b2", "#d55e00")
LINE = 110  # characters of a title
BLUE, GREEN = "#56b4e9", "#7fc9b1"


def title(figure: Figure, text: str, rows: Measurements) -> None:
    """Write what a figure shows, and under it where that was measured."""
    lines = [line for whole in (text, summary(rows)) for line in textwrap.wrap(whole, LINE)]
    figure.suptitle("\n".join(lines), fontsize=11, x=0.01, ha="left")


def image_name(rows: Measurements) -> str:
    """Return the name of the first image that was measured."""
    return next(str(row.dimensions.get("image", "image")) for row in rows)
