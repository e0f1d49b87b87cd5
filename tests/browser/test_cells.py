"""OCaml in cells, as a person sees it: colours, completion, Shift-Tab, what the compiler says."""

import pytest
from support import ROOT
from support.pictures import for_docs

SCREENSHOTS = ROOT / "out/browser"

MIME = "application/vnd.unikernel.diagnostics+json"

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MISTAKE = """
%%unikernel build mistake -t unix --package lwt  # as a command line
let words = "é" (* the compiler counts bytes *)

let start () =
  let words = "éü" ^ words in print_endline 42
"""
DOUBTFUL = """%%unikernel build doubtful -t unix
let first = function Some words -> words
let start () = print_endline (first (Some "here"))
"""
COMPLETING = "%%unikernel build completing --fresh\nlet start () = List.ma"
IN_C = "%%unikernel build in_c --lang c -t {target}\nint main(void) { return 0; }"
LINE = "x = 1\nvm = %unikernel boot doubtful --memory 32"

# The colour of each word of a cell, by the innermost of the elements that show it; a word of which
# the cell's language shows parts has several.
COLOURS = """(index) => {
    const cell = [...document.querySelectorAll('.jp-CodeCell .cm-content')][index];
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    const found = {};
    while (walker.nextNode()) {
        const { parentElement, textContent } = walker.currentNode;
        for (const word of textContent.split(/\\s+/))
            found[word] ??= getComputedStyle(parentElement).color;
    }
    return found;
}"""
EDIT = """([index, line, text]) => {
    const view = window.jupyterapp.shell.currentWidget.content.widgets[index].editor.editor;
    const at = view.state.doc.line(line).to;
    view.dispatch({ changes: { from: at, insert: text } });
}"""
CURSOR = """([index, offset]) => {
    const { content } = window.jupyterapp.shell.currentWidget;
    content.activeCellIndex = index;
    content.mode = 'edit';
    const { editor } = content.widgets[index];
    editor.focus();
    editor.setCursorPosition(editor.getPositionAt(offset));
}"""
RUN = """(index) => {
    const app = window.jupyterapp, { content } = app.shell.currentWidget;
    content.deselectAll();
    content.activeCellIndex = index;
    return app.commands.execute('notebook:run-cell');
}"""


def picture(page, name):
    """Save what the window shows."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.mark.parametrize("application", ["JupyterLab", "Jupyter Notebook"])
def test_cells(visit, application):
    if application == "Jupyter Notebook":
        visit.use_notebook_7()
    visit.open_cells("%load_ext unikernel", MISTAKE, DOUBTFUL, COMPLETING, IN_C, LINE)
    page = visit.page
    assert page.evaluate("window.jupyterapp.name") == application
    code = page.locator(".jp-CodeCell")
    for index in range(3):
        page.evaluate(RUN, index)
    code.nth(2).locator(".uk-said").wait_for(timeout=90_000)

    check_colours(page)
    check_marks(code)
    check_themes(visit, application)
    check_reload(visit, code)
    check_mending(page, code)
    check_completion(page, code)
    check_inspection(page)
    assert visit.faults() == []
    assert visit.foreign == [], "works without a network"


def check_themes(visit, application):
    for theme in ("JupyterLab Dark", "JupyterLab Light"):  # the last stays
        visit.use_theme(theme)
        visit.page.locator("#jupyterlab-splash").wait_for(state="detached")
        picture(visit.page, f"cells {application} {theme}")
        for marks in (".uk-said", ".uk-mark-error", ".uk-mark-warning"):
            assert visit.accessibility_faults(marks) == [], theme
    code = visit.page.locator(".jp-CodeCell")
    for_docs("cells", code.nth(1), code.nth(2))


def check_colours(page):
    seen = page.evaluate(COLOURS, 1)
    assert seen["-"] == seen["t"] == seen["--"] == seen["package"], "flags"
    assert seen["%%"] == seen["unikernel"]
    assert seen["unix"] == seen["lwt"], "and what stands behind them"
    kinds = ("unikernel", "build", "mistake", "package", "lwt", "#", "let")
    colours = {seen[word] for word in kinds}
    assert len(colours) >= len(kinds) - 1, "a command is a keyword, as let is"
    in_c = page.evaluate(COLOURS, 4)
    assert in_c["return"] == seen["let"] != in_c["main"]
    assert in_c["lang"] == seen["package"]
    assert page.evaluate(COLOURS, 5)["boot"] == seen["build"]


def check_marks(code):
    error = code.nth(1).locator(".uk-mark-error")
    assert error.all_inner_texts() == ["42"]
    line = code.nth(1).locator(".cm-line", has=code.page.locator(".uk-mark-error"))
    assert line.inner_text().startswith('  let words = "éü" ^ words in')
    said = code.nth(1).locator(".uk-said-error").inner_text()
    assert said == "✖ This expression has type int but an expression was expected of type string"
    warning = code.nth(2).locator(".uk-mark-warning")
    assert warning.inner_text() == "function Some words -> words"
    assert "not exhaustive" in code.nth(2).locator(".uk-said-warning").inner_text()
    carrier = code.nth(1).locator(f"[data-mime-type='{MIME}']")
    assert [it.is_visible() for it in carrier.all()] == [False], "it takes no place"
    error.hover()
    tooltip = code.page.locator(".uk-tooltip")
    tooltip.wait_for()
    assert "but an expression was expected of type" in tooltip.inner_text()
    code.page.mouse.move(0, 0)


def check_reload(visit, code):
    page = visit.page
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    visit.show("cells.ipynb")
    code.nth(1).locator(".uk-mark-error").wait_for()
    assert code.nth(2).locator(".uk-mark-warning").count() == 1


def check_mending(page, code):
    page.evaluate(EDIT, [1, 3, " "])
    assert code.nth(1).locator(".uk-mark-error").count() == 1, "another line was edited"
    page.evaluate(EDIT, [1, 6, " "])
    assert code.nth(1).locator(".uk-mark-error, .uk-said-error").count() == 0
    page.evaluate(EDIT, [2, 2, ' | None -> ""'])
    assert code.nth(2).locator(".uk-mark-warning, .uk-said").count() == 0
    page.evaluate(RUN, 2)
    code.nth(2).locator(".jp-OutputArea-output", has_text="boot doubtful").wait_for()
    assert code.nth(2).locator(".uk-mark-warning, .uk-said").count() == 0


def check_completion(page, code):
    page.evaluate(CURSOR, [3, len(COMPLETING)])
    page.keyboard.press("Tab")
    item = page.locator(".jp-Completer-item", has_text="mapi")
    item.wait_for()
    shown = item.get_attribute("title").replace("\xa0", " ")
    assert shown == "val (int -> 'a -> 'b) -> 'a list -> 'b list"
    box, list_box = item.bounding_box(), page.locator(".jp-Completer").bounding_box()
    assert list_box["width"] > 8 * len(shown), "a type is shown in one line"
    assert box["height"] < 40
    picture(page, "completion")
    page.keyboard.press("Escape")
    assert code.nth(3).locator(".cm-content").inner_text().endswith("List.ma")


def check_inspection(page):
    for offset, shown in [
        (COMPLETING.index("List") + 2, "module List"),
        (COMPLETING.index("--fresh") + 4, "build anew"),
    ]:
        page.evaluate(CURSOR, [3, offset])
        page.keyboard.press("Shift+Tab")
        tooltip = page.locator(".jp-Tooltip", has_text=shown)
        tooltip.wait_for()
        picture(page, f"inspection_{shown.partition(' ')[0]}")
        page.keyboard.press("Escape")
        tooltip.wait_for(state="detached")
