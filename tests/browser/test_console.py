"""The live console in JupyterLab: a terminal that is typed into, searched, frozen and followed."""

import pytest
from support import ROOT

SCREENSHOTS = ROOT / "out/browser"
LIMIT_S = 300

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COMPLAINT = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']"
ECHO = """%%unikernel build parrot --lang c -t {target}
#include <stdio.h>
#include <string.h>
int main(void) {{
  char line[200];
  printf("\\033]0;title\\a\\033[6n\\033[31mred\\033[0m\\n10%%\\r100%%\\nname? ");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {{
    printf("<%s>\\n", strtok(line, "\\n"));
    if (!strcmp(line, "many"))
      for (int n = 1; n <= 100; n++) printf("number %d\\n", n);
    fflush(stdout);
  }}
}}
"""
TICKING = """%%unikernel build ticking --lang c -t unix
#include <stdio.h>
#include <time.h>
int main(void) {
  for (int n = 1;; n++) {
    printf("tick %d\\n", n);
    fflush(stdout);
    nanosleep(&(struct timespec) { .tv_nsec = 200000000 }, NULL);
  }
}
"""
TALKING = """%%unikernel build talking --lang c -t unix
#include <stdio.h>
int main(void) { for (long n = 0;; n++) printf("line %ld of many\\n", n); }
"""
# The rows of a terminal, from the first that has scrolled off on.
ROWS = """root => {
    const buffer = root.terminal.buffer.active;
    const rows = [...Array(buffer.length).keys()];
    return rows.map(row => buffer.getLine(row).translateToString(true)); }"""
SHOWS = f"""text => [...document.querySelectorAll('.uk-console')]
    .some(root => root.terminal && ({ROWS})(root).some(row => row.includes(text)))"""
SELECTED = "document.querySelector('.uk-console').terminal.getSelection()"
EXECUTE = """async code => {
    const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
    return (await kernel.requestExecute({ code }).done).content.status; }"""


def shows(page, text):
    """Wait until a console has a row with this text."""
    page.wait_for_function(SHOWS, arg=text, timeout=60_000)


def rows(page):
    """Return the rows of the first console that have something in them."""
    lines = page.locator(".uk-console").first.evaluate(ROWS)
    return [line for line in lines if line]


def screenshot(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def open_console(visit, target="unix"):
    """Boot the parrot and show its console; return the page."""
    cells = (ECHO.format(target=target), "vm = %unikernel boot parrot --wait 0")
    visit.open_cells("%load_ext unikernel", *cells, "%unikernel console parrot", "1+1")
    visit.run_all(LIMIT_S)
    shows(visit.page, "name?")
    return visit.page


def execute(page, code):
    """Have the notebook's kernel run code, in no cell; return how it ended."""
    return page.evaluate(EXECUTE, code)


def type_line(page, line):
    page.locator(".uk-terminal").first.click()
    page.keyboard.type(line)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("target", ["virtio", "unix"])
def test_a_console_is_typed_into(visit, target):
    page = open_console(visit, target)
    page.locator(".uk-terminal").click()
    page.keyboard.type("abx")
    page.keyboard.press("Backspace")
    page.keyboard.type("c")
    shows(page, "name? abc")
    page.keyboard.press("Enter")
    shows(page, "<abc>")
    page.keyboard.insert_text("é→ü")  # as dictation does: there is no key
    for key in ("Home", "a", "ArrowRight", "Delete", "b", "ArrowLeft", "ArrowRight", "End", "c"):
        page.keyboard.press(key)
    shows(page, "aébüc")
    page.keyboard.press("Enter")
    shows(page, "<aébüc>")
    page.evaluate("document.querySelector('.uk-console').terminal.paste('one\\ntwo\\n')")
    shows(page, "<two>")
    typed = ["name? abc", "<abc>", "aébüc", "<aébüc>", "one", "two", "<one>", "<two>"]
    assert rows(page) == ["red", "100%", *typed]
    assert page.title() != "title"
    screenshot(page, f"console-{target}")
    assert visit.problems == []


def test_a_console_is_searched_frozen_and_followed(visit):
    page = open_console(visit)
    type_line(page, "many")
    shows(page, "number 100")
    follow = page.locator(".uk-follow")
    assert follow.is_hidden()

    page.keyboard.press("Control+f")
    page.keyboard.type("number 3")
    page.locator(".uk-bar [role=status]", has_text="of 11").wait_for()
    page.keyboard.press("Enter")
    follow.wait_for()  # what was found is further up
    assert execute(page, "vm.console.write('later\\n')") == "ok"
    page.locator(".uk-follow", has_text="1 new line, follow").wait_for()
    assert "<later>" not in rows(page)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        visit.use_theme(theme)
        assert visit.accessibility_faults(".uk-console") == [], theme
        screenshot(page, f"console-frozen-{theme.split()[-1]}")
    follow.click()
    shows(page, "<later>")
    assert follow.is_hidden()
    page.keyboard.type("typed where the focus went")
    shows(page, "typed where the focus went")

    page.keyboard.press("Control+c")
    shows(page, "went^C")
    page.keyboard.press("Control+a")
    page.keyboard.press("Escape")
    assert page.evaluate("!document.activeElement.closest('.uk-console')")
    assert "number 57" in page.evaluate(SELECTED)
    page.locator(".uk-terminal").click()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "search"
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()
    shows(page, "number 100")
    assert visit.problems == []


def test_a_console_goes_on_beside_a_cell_that_runs_and_becomes_text(visit):
    heard = "heard = vm.console.expect('tick 40', timeout_s=100)"
    cells = ("vm = %unikernel boot ticking --wait 0", "%unikernel console ticking", heard)
    visit.open_cells("%load_ext unikernel", TICKING, *cells, "%unikernel stop ticking")
    visit.begin_all()
    page = visit.page
    shows(page, "tick 20")
    assert not page.evaluate("window.finished"), "the kernel is busy with a cell meanwhile"
    visit.wait_for_all(LIMIT_S)
    page.locator(".uk-console").wait_for(state="detached", timeout=30_000)
    ended = page.locator(".jp-OutputArea-output", has_text="ticking: stopped")
    both = ended.filter(has_text="tick 40")  # the boot's cell, and the console's
    both.nth(1).wait_for(timeout=30_000)  # each is drawn when its throttle lets it
    assert both.count() == 2
    below = """it => it.getBoundingClientRect().bottom
        - it.parentElement.getBoundingClientRect().bottom"""
    hidden = [one.evaluate(below) for one in both.locator("pre").all()]
    assert [pixels < 2 for pixels in hidden] == [True, True], "the end is in sight"
    assert visit.problems == []


def test_a_guest_that_talks_all_the_time_leaves_the_page_usable(visit):
    cells = ("%unikernel boot talking --wait 0", "%unikernel console talking", "6*7")
    visit.open_cells("%load_ext unikernel", TALKING, *cells)
    visit.run_all(LIMIT_S)
    page = visit.page
    shows(page, "lines not shown; %unikernel logs talking")
    for _ in range(10):
        assert execute(page, "1+1") == "ok"
    page.locator(".xterm-screen").hover()
    page.mouse.wheel(0, -500)
    page.locator(".uk-follow", has_text="new lines, follow").wait_for()
    before = rows(page)
    assert execute(page, "%unikernel stop talking") == "ok"
    page.locator(".jp-OutputArea-output", has_text="talking: stopped").first.wait_for()
    assert len(before) <= 5024 + 40, "bounded by the scroll-back and the screen"
    shown = page.evaluate("document.querySelector('.jp-NotebookPanel').textContent.length")
    assert shown < 200_000
    assert visit.problems == []
