"""What a person sees in JupyterLab."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks/01_first_unikernel.ipynb"
SCREENSHOTS = ROOT / "out/browser"
NOTEBOOK_LIMIT_S = 300

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COLOUR_OF_LET = """() => {
    const root = document.querySelector('.jp-NotebookPanel');
    const keyword = getComputedStyle(root).getPropertyValue('--jp-mirror-editor-keyword-color');
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = keyword;
    const expected = getComputedStyle(probe).color;
    probe.remove();
    const lines = [...root.querySelectorAll('.jp-CodeCell .cm-content')]
        .filter(cell => cell.textContent.startsWith('%%unikernel build'));
    const words = lines.flatMap(cell => [...cell.querySelectorAll('.cm-line span')])
        .filter(span => span.textContent.trim() === 'let');
    return [expected, ...new Set(words.map(span => getComputedStyle(span).color))];
}"""


def screenshot(page, name):
    """Save the whole notebook as a picture: the window is made as tall as what is in it."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    height = page.evaluate(
        "() => document.querySelector('.jp-WindowedPanel-outer, .jp-Notebook').scrollHeight"
    )
    page.set_viewport_size({"width": 1200, "height": min(height + 200, 12000)})
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_first_notebook(visit):
    visit.open(NOTEBOOK)
    visit.run_all(NOTEBOOK_LIMIT_S)
    page = visit.page
    screenshot(page, NOTEBOOK.stem)

    complaint = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']"
    assert page.locator(complaint).all_inner_texts() == []
    assert page.locator(".jp-OutputArea-output", has_text="Hello").count() > 0
    assert page.locator(".jp-OutputArea-output img[src^='data:image/png']").count() > 0
    expected, *colours = page.evaluate(COLOUR_OF_LET)
    assert colours == [expected], "OCaml cells have OCaml's colours"
    assert visit.problems == []
    assert visit.foreign == [], "works without a network"
