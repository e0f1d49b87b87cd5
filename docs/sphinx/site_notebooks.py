"""Pictures in notebooks tell in words what they show, for who cannot see them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_LONGEST = 500  # characters of what is read aloud


def described(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return the notebook with a description on each cell that has drawn a picture.

    It is the text that the picture stands beside, or else the line of the cell that drew it.
    """
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "image/png" in data:
                text = "".join(data.get("text/plain", ())).strip()
                if not text or text.startswith("<"):  # what a figure is called, not what it shows
                    text = f"Drawn by {''.join(cell['source']).strip().splitlines()[-1]}"
                cell["metadata"]["mystnb"] = {"image": {"alt": text[:_LONGEST]}}
    return notebook


def _describe(app: Sphinx, page: str, source: list[str]) -> None:
    if app.env.doc2path(page).suffix == ".ipynb":
        source[0] = json.dumps(described(json.loads(source[0])))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("source-read", _describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
