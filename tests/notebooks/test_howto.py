"""What pages of docs/howto have typed into a notebook works as it is written."""

import re

import headless
import nbformat
import pytest
from support import ROOT

FENCE = re.compile(r"^```\n(%.*?)^```$", re.MULTILINE | re.DOTALL)
PROMISED = {  # by page and cell, what it shows
    "disk": {"%%unikernel build journal": r"^journal: .* with block device storage"},
    "tracing": {
        "%unikernel trace busy -s 1": r"Wrote busy\.folded",
        "%unikernel snapshot compare": r"OCaml's young heap",
        "%unikernel snapshot restore": r"as it was at early, and running",
        "%unikernel snapshot list": r"restored, compared",
    },
    "debugging": {
        "%unikernel gdb sums 'break": r"#\d+ .* caml_start_program",
        "%%unikernel gdb sums": r"back in start",
        "%unikernel step sums 0": r"R-X +\.text",
        "%unikernel core broken": r"^#\d+ +Cell\.start \(\) at cell broken:",
    },
    "xen": {
        "%unikernel boot hello": r"^Hello from a domain!$",
        "%unikernel xl hello list": r"^hello +\d+ ",
        "%unikernel export hello": r"hello\.xl\.in",
        "%unikernel boot who": r"^who",
    },
}


def cells_of(page):
    """Return what a page has for a notebook: each line magic by itself, a cell magic whole."""
    fences = FENCE.findall((ROOT / f"docs/howto/{page}.md").read_text())
    parts = ([one] if one.startswith("%%") else one.splitlines() for one in fences)
    return [cell for part in parts for cell in part]


@pytest.mark.notebook
@pytest.mark.slow
@pytest.mark.parametrize("page", PROMISED)
def test_the_cells_of_a_page_run(page, tmp_path):
    cells = map(nbformat.v4.new_code_cell, ("%load_ext unikernel", *cells_of(page)))
    done = headless.execute(nbformat.v4.new_notebook(cells=list(cells)), tmp_path)
    for begins, shown in PROMISED[page].items():
        (first, *_) = (cell for cell in done.cells if cell.source.startswith(begins))
        said = "\n".join(map(headless.text_of, first.outputs))
        assert re.search(shown, said, re.MULTILINE), said
