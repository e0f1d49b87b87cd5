"""What a person sees in Notebook 7, and what a screen reader can make of it."""

import re

import nbformat
import pytest
from support import ROOT
from support.children import Watched

NOTEBOOK = ROOT / "notebooks/01_first_unikernel.ipynb"
LIMIT_S = 300
OUTPUTS = ".jp-OutputArea-output"
COMPLAINT = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']"
SHOWS = """%unikernel boot thrower
%unikernel ps
%unikernel console ticker
%unikernel panel
%unikernel measure boot hello --repeat 1
%unikernel plot boot hello
%unikernel plot size hello
%unikernel logs ticker
%unikernel doctor"""
THROWER = """%%unikernel build thrower
let start () = match Some 1 with Some _ -> failwith "kaputt"
"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def first_cells():
    """Return the first cells of the first notebook, up to a guest that goes on."""
    cells = [cell.source for cell in nbformat.read(NOTEBOOK, 4).cells if cell.cell_type == "code"]
    return cells[: cells.index("%unikernel boot ticker") + 1]


def test_the_first_cells_and_all_that_is_shown(visit):
    visit.use_notebook_7()
    visit.open_cells(*first_cells(), THROWER, *SHOWS.splitlines())
    visit.run_all(LIMIT_S)
    page, shown = visit.page, visit.page.locator(OUTPUTS)
    assert page.evaluate("window.jupyterapp.name") == "Jupyter Notebook"
    for words in ("Hello from a unikernel!", "hello: exited, status 0", "kaputt"):
        shown.filter(has_text=words).first.wait_for()
    page.locator(".uk-console .xterm-rows", has_text="tick").wait_for(timeout=30_000)
    expected, *colours = visit.colours_of_let()
    assert colours == [expected]
    page.locator(".vega-embed").nth(1).wait_for()
    for theme in ("JupyterLab Dark", "JupyterLab Light"):  # the last stays
        visit.use_theme(theme)
        assert visit.accessibility_faults(OUTPUTS) == [], theme
    assert visit.faults() == []
    assert visit.foreign == []
    pid = re.search(r"pid (\d+)", shown.filter(has_text="pid").first.inner_text())[1]
    guests = Watched([int(pid)])
    visit.restart_kernel()
    assert guests.end_within(30)
