"""The pictures that pages show, as tests in a browser take them.

`cp out/browser/docs/*.png docs/` puts them where pages have them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Locator

FOLDER = ROOT / "out/browser/docs"


def for_docs(name: str, first: Locator, last: Locator | None = None) -> None:
    """Keep what a part of the page looks like, or all down to another part, as a picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    first.scroll_into_view_if_needed()
    above, below = first.bounding_box(), (last or first).bounding_box()
    assert above, "it is not shown"
    assert below, "it is not shown"
    height = below["y"] + below["height"] - above["y"]
    first.page.screenshot(
        path=FOLDER / f"{name}.png",
        clip={"x": above["x"], "y": above["y"], "width": above["width"], "height": height},
    )
