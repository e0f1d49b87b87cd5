"""Plots as files: pictures by matplotlib, tables by pandas."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unikernel.errors import UsageError
from unikernel.model.calls.saving import check_place, saved
from unikernel.model.measurement import Measurements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.figure import Figure

DPI = 150
PICTURES, TABLES = (".png", ".svg", ".pdf"), (".csv", ".parquet")
_READS_PARQUET = ("pyarrow", "fastparquet")  # those that pandas knows


def frame(table: Measurements | Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a table as a pandas DataFrame."""
    import pandas as pd

    if isinstance(table, Measurements):
        return table.to_frame()
    return pd.DataFrame([dict(row) for row in table])


def format_of(path: str | Path) -> str:
    """Return the suffix that names the format. Raises UsageError when it names none of these."""
    suffix = Path(path).suffix.lower()
    if suffix not in (*PICTURES, *TABLES):
        raise UsageError(
            f"Cannot write {path}: its suffix names no format.",
            hint=f"Pictures are {', '.join(PICTURES)}, tables of the values {', '.join(TABLES)}.",
        )
    return suffix


def check(path: str | Path) -> None:
    """Raise UsageError for what `save` would refuse: asked before something takes long."""
    suffix = format_of(path)
    if suffix == ".parquet" and not any(map(find_spec, _READS_PARQUET)):
        raise UsageError(
            f"Cannot write {path}: Parquet is pyarrow's work, which is not installed.",
            hint="pip install pyarrow, or write .csv, which needs nothing.",
        )
    check_place(path)


def save(
    figure: Figure, table: Measurements | Sequence[Mapping[str, Any]], path: str | Path
) -> None:
    """Write the figure or the table; the suffix names the format.

    Raises UsageError for a suffix that is none of these, and when the file cannot be written.
    """
    check(path)
    suffix = format_of(path)
    with saved(path) as file:
        if suffix == ".csv":
            frame(table).to_csv(file, index=False)
        elif suffix == ".parquet":
            frame(table).to_parquet(file, index=False)
        else:
            file.write_bytes(_picture(figure, suffix.removeprefix(".")))


def _picture(figure: Figure, kind: str) -> bytes:
    """Return it drawn, in memory: matplotlib tells of a full disk in words of its own."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format=kind, dpi=DPI, bbox_inches="tight")
    return drawn.getvalue()
