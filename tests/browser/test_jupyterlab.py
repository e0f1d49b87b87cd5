"""What a person sees in JupyterLab."""

from pathlib import Path

import pytest
from platforms import TARGETS

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks/01_first_unikernel.ipynb"
SCREENSHOTS = ROOT / "out/browser"
NOTEBOOK_LIMIT_S = 300

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COMPLAINT = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']"
TICKING = """%%unikernel build ticking --package mirage-unikernel
let rec tick n =
  Printf.printf "tick %d\\n%!" n;
  Lwt.bind (OS.Time.sleep_ns 300_000_000L) (fun () -> tick (n + 1))

let start () = tick 1
"""
MISTAKE = """%%unikernel build mistake
let start () =
  print_endline 42
"""
WEB = """%%unikernel build web -t {target} --package unikernel-apps.http --net service
module Http = Http_server.Make (Stack)
let start stack = Http.serve stack [ ("/", Http_response.page "<h1>Hello from {target}</h1>") ]
"""
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
        "() => Math.max(...[...document.querySelectorAll('.jp-NotebookPanel *')]"
        ".map(part => part.scrollHeight))"
    )
    page.set_viewport_size({"width": 1200, "height": min(height + 200, 12000)})
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_first_notebook(visit):
    visit.open(NOTEBOOK)
    visit.run_all(NOTEBOOK_LIMIT_S)
    page = visit.page
    screenshot(page, NOTEBOOK.stem)

    assert page.locator(COMPLAINT).all_inner_texts() == []
    assert page.locator(".jp-OutputArea-output", has_text="Hello").count() > 0
    assert page.locator(".jp-OutputArea-output img[src^='data:image/png']").count() > 0
    expected, *colours = page.evaluate(COLOUR_OF_LET)
    assert colours == [expected], "OCaml cells have OCaml's colours"
    assert visit.problems == []
    assert visit.foreign == [], "works without a network"


def test_console_goes_on_after_its_cell(visit):
    visit.open_cells("%load_ext unikernel", TICKING, "%unikernel boot ticking")
    visit.run_all(NOTEBOOK_LIMIT_S)
    page = visit.page
    page.locator(".jp-OutputArea-output", has_text="tick 8").first.wait_for(timeout=30_000)
    screenshot(page, "console")
    assert page.locator(COMPLAINT).all_inner_texts() == []
    assert visit.problems == []


@pytest.mark.parametrize("target", TARGETS)
def test_a_link_opens_what_the_guest_serves(visit, target):
    source = WEB.format(target=target)
    visit.open_cells("%load_ext unikernel", source, "%unikernel boot web --port 0:80")
    visit.run_all(NOTEBOOK_LIMIT_S)
    page = visit.page
    assert page.locator(COMPLAINT).all_inner_texts() == []
    with page.context.expect_page() as opened:
        page.locator("a[href^='http://127.0.0.1']", has_text="→80").click()
    heading = opened.value.locator("h1")
    assert heading.inner_text(timeout=30_000) == f"Hello from {target}"
    assert visit.problems == []


def test_compile_error_is_the_cells_own(visit):
    visit.open_cells("%load_ext unikernel", MISTAKE)
    visit.run_all(NOTEBOOK_LIMIT_S)
    said = "".join(visit.page.locator(COMPLAINT).all_inner_texts())
    screenshot(visit.page, "compile_error")
    assert "line 3" in said
    assert "print_endline 42" in said
    assert "Traceback" not in said
