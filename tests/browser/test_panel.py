"""The machine panel in JupyterLab: live charts, buttons by keyboard, two pages, the side bar."""

import re
import shutil
import tempfile
import time
import urllib.request

import pytest
from support import ROOT
from support.pictures import for_docs

SCREENSHOTS = ROOT / "out/browser"
LIMIT_MS = 30_000
BUILD_LIMIT_S = 300

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = (
    "%load_ext unikernel\n%env XDG_RUNTIME_DIR={folder}\nimport unikernel as uk",
    """%%unikernel build ticking -t unix --package mirage-unikernel
let rec tick n =
  Printf.printf "tick %d\\n%!" n;
  Lwt.bind (OS.Time.sleep_ns 100_000_000L) (fun () -> tick (n + 1))

let start () = tick 1
""",
    """%%unikernel build web -t virtio --package unikernel-apps.http --net service
module Http = Http_server.Make (Stack)
let start stack = Http.serve stack [ ("/", Http_response.page "<h1>Hello</h1>") ]
""",
    """one, two = uk.boot('ticking', name='one'), uk.boot('ticking', name='two')
web = uk.boot('web', ports=['0:80'])""",
    "uk.panel()",
    "%unikernel panel two",
)
EARLY = "Comm not found"  # Lab on a message to a widget that a page which loads has not made yet
SAVE = "window.jupyterapp.commands.execute('docmanager:save')"
OPEN_SIDE_BAR = "window.jupyterapp.commands.execute('unikernel:machines')"
RESTART = """() => window.jupyterapp.shell.currentWidget.context.sessionContext.restartKernel()"""


@pytest.fixture
def alone():
    """A folder for run folders, of no other process and short enough for sockets."""
    folder = tempfile.mkdtemp(prefix="uk-")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


class Panel:
    """A panel on a page, as a person sees it."""

    def __init__(self, page, place=".jp-NotebookPanel", number=0):
        self.place = page.locator(f"{place} .uk-panel").nth(number)

    def row(self, name):
        return self.place.get_by_role("listitem").filter(
            has=self.place.page.get_by_text(name, exact=True)
        )

    def button(self, action, name):
        return self.place.get_by_role("button", name=f"{action} {name}", exact=True)

    def wait_for(self, name, state):
        self.row(name).locator(".state", has_text=re.compile(f"^{state}$")).wait_for(
            timeout=LIMIT_MS
        )

    def wait_for_number(self, name, metric, pattern):
        number = self.row(name).locator(f"[data-metric={metric}] .number")
        number.filter(has_text=re.compile(pattern)).wait_for(timeout=LIMIT_MS)

    def chart(self, name, metric):
        return self.row(name).locator(f"[data-metric={metric}] path").first.get_attribute("d")

    def looks(self, name):
        """Return how many looks at a machine are drawn."""
        return len(re.findall("[ML]", self.chart(name, "memory") or ""))


def press(button, key="Enter"):
    button.focus()
    button.page.keyboard.press(key)


def wait_until(page, condition):
    deadline = time.monotonic() + LIMIT_MS / 1000
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        page.wait_for_timeout(100)


def test_the_panel_of_all_machines(visit, alone):
    visit.open_cells(*(cell.replace("{folder}", alone) for cell in CELLS))
    visit.run_all(BUILD_LIMIT_S)
    page = visit.page
    panel = Panel(page)
    panel.place.scroll_into_view_if_needed()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    with visit.network():
        shows_what_machines_use(page, panel)
    is_driven_by_keyboard(panel)
    stays_where_it_is_of_one_machine(Panel(page, number=1))
    panel.place.scroll_into_view_if_needed()
    assert visit.accessibility_faults(".uk-panel") == []
    opens_a_console(panel)
    page.evaluate(SAVE)
    is_the_same_on_a_second_page(visit, panel)
    comes_back_when_the_page_is_loaded_again(page, panel)
    opens_in_the_side_bar(visit)
    assert [one for one in visit.problems if EARLY not in one] == []
    assert visit.foreign == [], "works without a network"


def shows_what_machines_use(page, panel):
    for name in ("one", "two", "web"):
        panel.wait_for(name, "running")
    panel.wait_for_number("one", "memory", r"\d [KM]iB")
    panel.wait_for_number("one", "network", "^–$")
    assert "no network device" in panel.row("one").locator("[data-metric=network]").get_attribute(
        "title"
    )
    before = panel.chart("one", "cpu")
    link = panel.row("web").get_by_role("link")
    assert link.get_attribute("rel") == "noopener noreferrer"
    port = re.search(r":(\d+)/", link.get_attribute("href"))[1]
    wait_until(
        page,
        lambda: (
            urllib.request.urlopen(f"http://127.0.0.1:{port}/").read()
            and "in 0 " not in panel.row("web").inner_text()
        ),
    )
    panel.wait_for_number("web", "network", r"in [\d.]+ frames/s out [\d.]+ frames/s")
    assert panel.chart("one", "cpu") != before, "charts move"


def is_driven_by_keyboard(panel):
    press(panel.button("Pause", "one"))
    panel.wait_for("one", "paused")
    press(panel.button("Resume", "one"), "Space")
    panel.wait_for("one", "running")
    reset = panel.button("Reset", "one")
    press(reset)
    panel.row("one").get_by_text("a process cannot be reset in place").wait_for(timeout=LIMIT_MS)
    press(panel.button("Stop", "two"))
    panel.wait_for("two", "stopped")
    press(panel.button("Start", "two"))
    panel.wait_for("two", "running")
    press(panel.button("Capture", "web"))
    panel.row("web").locator("[aria-pressed=true]", has_text="Capture").wait_for(timeout=LIMIT_MS)
    press(panel.button("Capture", "web"))
    panel.row("web").get_by_text("Frames are in").wait_for(timeout=LIMIT_MS)
    press(panel.button("Snapshot", "web"))
    panel.row("web").get_by_text(re.compile("Snapshot panel-.* was made")).wait_for(
        timeout=LIMIT_MS
    )
    press(panel.button("Close the message of", "web"))
    panel.row("web").locator(".said").wait_for(state="hidden", timeout=LIMIT_MS)
    press(panel.button("Restore", "web"))
    panel.row("web").get_by_text(re.compile("It is as it was at panel-")).wait_for(timeout=LIMIT_MS)


def stays_where_it_is_of_one_machine(panel):
    panel.place.scroll_into_view_if_needed()
    press(panel.button("Stop", "two"))
    panel.wait_for("two", "stopped")
    press(panel.button("Start", "two"))
    panel.wait_for("two", "running")
    assert panel.place.get_by_role("listitem").count() == 1


def opens_a_console(panel):
    press(panel.button("Console", "one"))
    panel.row("one").locator(".below", has_text="tick").wait_for(timeout=LIMIT_MS)
    for_docs("panel", panel.place)
    press(panel.button("Console", "one"))
    panel.row("one").locator(".below", has_text="tick").wait_for(state="detached", timeout=LIMIT_MS)


def is_the_same_on_a_second_page(visit, panel):
    page = visit.page.context.new_page()
    page.goto(visit.page.url, wait_until="domcontentloaded")
    other = Panel(page)
    other.place.scroll_into_view_if_needed(timeout=LIMIT_MS)
    other.wait_for("two", "running")
    assert other.looks("two") >= 3, "it begins with what the first page has seen"
    press(other.button("Pause", "two"))
    panel.wait_for("two", "paused")
    page.close()


def comes_back_when_the_page_is_loaded_again(page, panel):
    seen = panel.looks("one")
    page.reload(wait_until="domcontentloaded")
    panel.place.scroll_into_view_if_needed(timeout=LIMIT_MS)
    panel.wait_for("two", "paused")
    assert panel.looks("one") >= seen


def keeps_the_end_of_a_console_in_view(panel):
    press(panel.button("Console", "two"))
    panel.row("two").locator(".below", has_text="tick").wait_for(timeout=LIMIT_MS)
    press(panel.button("Stop", "two"))
    text = panel.row("two").locator(".below pre")
    text.wait_for(timeout=LIMIT_MS)
    hidden = "it => [it.scrollTop, it.scrollHeight - it.scrollTop - it.clientHeight]"
    above, below = text.evaluate(hidden)
    assert (above > 0, below < 2) == (True, True)
    press(panel.button("Hide", "two"))
    panel.row("two").wait_for(state="detached", timeout=LIMIT_MS)


def opens_in_the_side_bar(visit):
    page = visit.page
    page.evaluate(OPEN_SIDE_BAR)
    side = Panel(page, "#unikernel-machines")
    side.wait_for("web", "running")
    press(side.button("Resume", "two"))
    side.wait_for("two", "running")
    assert side.place.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    keeps_the_end_of_a_console_in_view(side)
    visit.use_theme("JupyterLab Dark")
    page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=LIMIT_MS)
    page.screenshot(path=SCREENSHOTS / "panel_dark.png")
    assert visit.accessibility_faults("#unikernel-machines") == []
    page.evaluate(RESTART)
    page.locator("#unikernel-machines", has_text="has not loaded unikernel").wait_for(
        timeout=LIMIT_MS
    )
    panel = Panel(page)
    panel.place.get_by_text("The kernel was restarted or has ended").wait_for(timeout=LIMIT_MS)
    press(panel.button("Pause", "one"))
    panel.row("one").get_by_text("Pause: the kernel").wait_for(timeout=LIMIT_MS)
