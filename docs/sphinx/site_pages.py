"""What pages have on the site alone: contents made of their lists, and generated reference.

Pages stay plain Markdown that GitHub shows: a list of links becomes the contents of a section,
and a fence `{generated}` becomes what the program says of itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import generated

if TYPE_CHECKING:
    from pathlib import Path

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

SECTIONS = ("docs/howto/README", "docs/decisions/README", "docs/coming-from/README")
_LISTED = re.compile(r"^- \[[^]]+\]\(([\w./-]+)\.md\)", re.MULTILINE)
_GENERATED = re.compile(r"^```\{generated\} (\w+)\n```$", re.MULTILINE)
_START = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="refresh" content="0; url={page}"><a href="{page}">{title}</a></html>
"""


def _complete(_: Sphinx, page: str, source: list[str]) -> None:
    if page in SECTIONS:
        listed = "\n".join(_LISTED.findall(source[0]))
        source[0] += f"\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n"
    source[0] = _GENERATED.sub(lambda found: generated.MAKERS[found[1]](), source[0])


def _generated_pages(app: Sphinx, env: BuildEnvironment, *_: object) -> list[str]:
    """Return the pages that are made of the program, which may have changed."""
    pages = ((page, app.srcdir / env.doc2path(page, base=False)) for page in env.found_docs)
    texts = ((page, path) for page, path in pages if path.suffix == ".md")
    return [page for page, path in texts if _GENERATED.search(path.read_text(encoding="utf-8"))]


def _lead_to_start(app: Sphinx, problem: Exception | None) -> None:
    """Have the folder's own index lead to the first page, which lies where it does in the tree."""
    if problem is None and app.builder.format == "html":
        page = app.builder.get_target_uri(app.config.root_doc)
        start: Path = app.outdir / "index.html"
        start.write_text(_START.format(title=app.config.html_title, page=page), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("env-get-outdated", _generated_pages)
    app.connect("source-read", _complete)
    app.connect("build-finished", _lead_to_start)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
