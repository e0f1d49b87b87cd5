"""What pages of docs/howto have typed into a notebook works as it is written."""

import re

import headless
import nbformat
import pytest
from support import ROOT

FENCE = re.compile(r"^```\n(%.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = {"xen": 10}  # how many cells there are at least: a page that lost them would pass


def cells_of(page):
    return FENCE.findall((ROOT / f"docs/howto/{page}.md").read_text())


@pytest.mark.notebook
@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_cells_of_a_page_run(page, tmp_path):
    parts = [part for cell in cells_of(page) for part in one_by_one(cell)]
    assert len(parts) >= PAGES[page]
    cells = [nbformat.v4.new_code_cell(part) for part in ("%load_ext unikernel", *parts)]
    done = headless.execute(nbformat.v4.new_notebook(cells=cells), tmp_path)
    said = {cell.source: "".join(map(headless.text_of, cell.outputs)) for cell in done.cells}
    assert "Hello from a domain!" in said["%unikernel boot hello"]
    assert re.search(r"^hello +\d+ ", said["%unikernel xl hello list"], re.MULTILINE)
    assert "who" in said["%unikernel boot who"]
    assert (tmp_path / "out" / "hello.xl").exists()


def one_by_one(text):
    """Return the cells of a fence: each line magic is one, a cell magic is all of it."""
    return [text] if text.startswith("%%") else text.splitlines()
