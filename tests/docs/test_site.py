"""The site is whole: all that the program has is in its reference; nothing is from the web."""

import json
import re
import sys

import pytest
from bs4 import BeautifulSoup
from sphinx.util.inventory import InventoryFile
from support import ROOT

import unikernel
from unikernel.frontends.commands.parsers import parser
from unikernel_toolchain.findlib.packages import installed
from unikernel_toolchain.library_os.library_os import SOURCES

sys.path.append(str(ROOT / "docs/sphinx"))  # behind all others: its names are plain words
import site_docstrings
import site_lexer
import site_links

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def text_of(site, page):
    return BeautifulSoup((site / f"{page}.html").read_text(), "html.parser")


def test_every_public_name_is_in_the_reference(site):
    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="").data
    known = {name for kind in inventory.values() for name in kind}
    for name in unikernel.__all__:
        thing = getattr(unikernel, name)
        assert {f"unikernel.{name}", getattr(thing, "__name__", "")} & known, name
    for method in ("stop", "wait_async", "attach_disk", "usage"):
        assert f"unikernel.Machine.{method}" in known
    returned = {"guest.console.Console.expect", "debugging.gdb_interface.debugger.Debugger.step"}
    assert {f"unikernel.{name}" for name in returned} <= known, "what comes back has no public name"


def test_every_command_is_there_with_each_of_its_flags(site):
    page = text_of(site, "docs/reference/commands")
    for name, command in parser().subparsers.items():
        section = page.find(id=name)
        assert section, name
        shown = {word for code in section.find_all("code") for word in code.get_text().split()}
        assert command.flags <= shown, command.flags - shown


def test_every_package_is_there_with_modules(site):
    page = text_of(site, "docs/reference/packages")
    shown = {code.get_text() for code in page.find_all("code")}
    own = {path.parent.name for path in (SOURCES / "packages").glob("*/*/META")}
    packages = [name for name in installed(SOURCES / "packages") if name.partition(".")[0] in own]
    assert len(packages) > len(own) > 50
    assert set(packages) <= shown
    assert {"Mirage_kv_block", "Tcp", "Direct"} <= shown


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_its_outputs(site, path):
    cells = json.loads(path.read_text())["cells"]
    page = text_of(site, f"notebooks/{path.stem}")
    for cell in cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if text := BeautifulSoup("".join(data.get("text/html", ())), "html.parser").get_text():
                assert squeezed(text)[:40] in squeezed(page.get_text())
    data = [out.get("data", {}) for cell in cells for out in cell.get("outputs", ())]
    pictures = page.select("article img")
    assert len(pictures) >= sum("image/png" in each for each in data)
    assert not [img for img in pictures if img["alt"].endswith(".png")], "pictures without words"


def squeezed(text):
    return re.sub(r"\s+", "", text)


def test_the_site_begins_at_its_own_index_and_can_be_searched(site):
    start = re.search(r"url=([\w/.]+)", (site / "index.html").read_text())[1]
    assert "Unikernels in a notebook" in (site / start).read_text()
    index = (site / "searchindex.js").read_text()
    assert "docs/howto/disk" in index
    assert "notebooks/01_first_unikernel" in index


def test_what_leads_nowhere_and_what_comes_from_the_web_is_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<a href="b.html#there"></a><a href="b.html#gone"></a><a href="c.html"></a>'
        '<a href="https://example.org/"></a><script src="https://example.org/a.js"></script>'
        '<img src="data:image/png;base64,">'
    )
    (tmp_path / "b.html").write_text('<p id="there">')
    assert {(link, why) for _, link, why in site_links.broken(tmp_path)} == {
        ("b.html#gone", "there is no such place on that page"),
        ("c.html", "there is no such file"),
        ("https://example.org/a.js", "it is loaded from another host"),
    }


def test_a_docstring_keeps_its_code_and_its_trees():
    text = "Does `this`, with *names.\n\n    import a\n\n    a.b()\n\nThen\n├── that"
    assert site_docstrings.restructured(text) == (
        "Does `this`, with \\*names.\n\n"
        ".. code-block:: python\n\n       import a\n   \n       a.b()\n\n"
        ".. code-block:: text\n\n   Then\n   ├── that"
    )


@pytest.mark.parametrize(
    ("cell", "word", "kind"),
    [
        ("%%unikernel build a\nlet start () = ()", "let", "Keyword"),
        ("%%unikernel build a --lang c\nint main(void) {}", "int", "Keyword.Type"),
        ("%%writefile a.h\nint b; /* ` */", "int", "Keyword.Type"),
        ("%%unikernel build a\nlet … = 1", "…", "Text"),
        ("import os\n%unikernel ps", "import", "Keyword.Namespace"),
    ],
)
def test_cells_have_the_colours_of_their_language(cell, word, kind):
    tokens = list(site_lexer.CellLexer().get_tokens(cell))
    assert "".join(text for _, text in tokens) == f"{cell}\n"
    assert str(next(token for token, text in tokens if text == word)) == f"Token.{kind}"
