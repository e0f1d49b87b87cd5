"""Looks, once a site is written, that each of its links leads somewhere, and none off this host.

Sphinx knows references between pages; this knows what came out: anchors in notebooks and their
outputs, pictures, scripts. What is missing is a warning, and so an error where warnings are. A
link to another host is for readers to follow; a page that loads something from one is not whole
without a network.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sphinx.util import logging

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sphinx.application import Sphinx

_LOADED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "link": "href"}
_log = logging.getLogger(__name__)


class Page(HTMLParser):
    """The anchors of a page, what it links to and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        told = {name: value for name, value in attrs if value}
        self.anchors.update(told[name] for name in ("id", "name") if name in told)
        if tag == "a" and "href" in told:
            self.links.add(told["href"])
        if tag in _LOADED and (what := told.get(_LOADED[tag])):
            self.loaded.add(what)


def broken(site: Path) -> Iterator[tuple[str, str, str]]:
    """Yield each page with what it says, and why that leads nowhere."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = str(path.relative_to(site))
        for link in sorted(page.links | page.loaded):
            if why := _why_broken(path, link, pages, loaded=link in page.loaded):
                yield name, link, why


def _why_broken(path: Path, link: str, pages: dict[Path, Page], *, loaded: bool) -> str:
    parts = urlsplit(link)
    if parts.scheme == "data":
        return ""
    if parts.scheme or parts.netloc:
        return "it is loaded from another host" if loaded else ""
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return "there is no such file"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].anchors:
        return "there is no such place on that page"
    return ""


def _check(app: Sphinx, problem: Exception | None) -> None:
    if problem is None and app.builder.format == "html":
        for page, link, why in broken(app.outdir):
            _log.warning("%s links to %s: %s", page, link, why, type="site_links")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, behind all that writes."""
    app.connect("build-finished", _check, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
