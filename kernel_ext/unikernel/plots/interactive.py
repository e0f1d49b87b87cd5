"""A plot in three forms that say the same: a picture, a specification for the mouse, a table.

    figure ──▶ image/png             every front end, nbconvert, GitHub
    spec   ──▶ application/vnd.vega… JupyterLab, Notebook and VS Code, which bring Vega themselves
    table  ──▶ .csv, .parquet        one row a value

A notebook keeps all that it shows, so the specification is bounded: what is larger is left out,
and the picture stays. There is no text/html in the bundle, which Jupyter would prefer to Vega.
"""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any

from . import export, series
from .specs.theme import themed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import pandas as pd
    from matplotlib.figure import Figure

    from unikernel.model.measurement import Measurements

SPEC_BYTES = 300_000  # of a specification, at most
DPI = 110
VEGA, VEGA_LITE = "application/vnd.vega.v5+json", "application/vnd.vegalite.v5+json"
# As SVG its marks have labels for screen readers. The editor of the menu is on a foreign server.
EMBEDDING = {
    "renderer": "svg",
    "actions": {"export": True, "source": False, "compiled": False, "editor": False},
}


class Interactive:
    """A plot: hover, zoom and choose where a front end has Vega, a picture where it has not.

    `figure` is matplotlib's; `spec` a Vega or Vega-Lite specification as Python values, by its
    `$schema`; `table` the values, one row each; `text` what a terminal shows, by default the
    figure's title.
    """

    def __init__(
        self,
        figure: Figure,
        spec: Mapping[str, Any],
        table: Measurements | Sequence[Mapping[str, Any]],
        *,
        text: str = "",
    ) -> None:
        self.figure = figure
        self.spec = spec
        self.table = table
        self._text = text or figure.get_suptitle()

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return self._text

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a pandas DataFrame."""
        return export.frame(self.table)

    def save(self, path: str) -> None:
        """Write the picture (.png, .svg, .pdf) or the table (.csv, .parquet), as the suffix says.

        Raises UsageError when that cannot be, .parquet without pyarrow among it.
        """
        export.save(self.figure, self.table, path)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        live, metadata = bundle_of(self.spec, self._text)
        data = live | {"image/png": base64.b64encode(self._png()).decode()}
        kept = {
            kind: value
            for kind, value in data.items()
            if (not include or kind in include) and kind not in (exclude or ())
        }
        return kept, metadata

    def _png(self) -> bytes:
        picture = io.BytesIO()
        self.figure.savefig(picture, format="png", dpi=DPI, bbox_inches="tight")
        return picture.getvalue()


def bundle_of(spec: Mapping[str, Any], text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return data and metadata of a specification alone, without the picture that costs time."""
    spec = themed(spec)
    if len(json.dumps(spec)) > SPEC_BYTES:
        note = "(This is too much for a plot that follows the mouse: the picture has it all.)"
        return {"text/plain": f"{text}\n{note}"}, {}
    kind = VEGA_LITE if "vega-lite" in spec["$schema"] else VEGA
    return {"text/plain": text, kind: spec}, {kind: {"embed_options": EMBEDDING}}


def of_systems(
    rows: object,
    taken_by: str,
    figure: Callable[[Measurements], Figure],
    spec: Callable[[Measurements, str], Mapping[str, Any]],
) -> Interactive:
    """Return a plot of a measurement, or of several, of systems side by side.

    `figure` draws their rows, `spec` returns the specification for them and the figure's title.
    Raises what `series.gathered` does.
    """
    found = series.by_system(series.gathered(rows, taken_by))
    drawn = figure(found)
    return Interactive(drawn, spec(found, drawn.get_suptitle()), found)
