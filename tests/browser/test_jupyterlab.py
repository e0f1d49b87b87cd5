"""What a person sees in JupyterLab."""

import nbformat
import pytest
from support import ROOT
from support.pictures import for_docs
from support.platforms import TARGETS

NOTEBOOK = ROOT / "notebooks/01_first_unikernel.ipynb"
LAB = ROOT / "notebooks/labs/01_first.ipynb"
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
DOUBTFUL = """%%unikernel build doubtful
let first = function Some words -> words
let start () = print_endline (first (Some "here"))
"""
WEB = """%%unikernel build web -t {target} --package unikernel-apps.http --net service
module Http = Http_server.Make (Stack)
let start stack = Http.serve stack [ ("/", Http_response.page "<h1>Hello from {target}</h1>") ]
"""
WITNESS = """%%unikernel build witness --package mirage-stack-unikernel --net service
open Lwt.Infix
let answer flow =
  Stack.TCPV4.read flow >>= function
  | Ok (`Data request) ->
      print_string (Cstruct.to_string request);
      flush stdout;
      let page = "HTTP/1.0 200 OK\\r\\nContent-Type: text/html\\r\\n\\r\\n<h1>I saw it</h1>" in
      Stack.TCPV4.write flow (Cstruct.of_string page) >>= fun _ -> Stack.TCPV4.close flow
  | _ -> Stack.TCPV4.close flow

let start stack =
  Stack.listen_tcpv4 stack ~port:80 answer;
  print_endline "ready";
  Stack.listen stack
"""


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
    page.locator(".vega-embed").first.wait_for()
    for_docs("boot", page.locator(".vega-embed").first)
    expected, *colours = visit.colours_of_let()
    assert colours == [expected], "OCaml cells have OCaml's colours"
    assert visit.problems == []
    assert visit.foreign == [], "works without a network"


def test_an_untouched_lab_says_what_is_not_done_yet(visit):
    visit.open(LAB)
    cells = [cell for cell in nbformat.read(LAB, 4).cells if cell.cell_type == "code"]
    for cell in (cells[0], cells[-1]):
        visit.run_cell(cell.id)
    said = visit.page.locator(".jp-OutputArea-output", has_text="✗ 1. Greet: not yet.").first
    assert said.inner_text().count("not yet.") == said.inner_text().count("✗") == 6
    (error,) = visit.page.locator(COMPLAINT).all_inner_texts()
    assert "0 of 6 exercises are right" in error
    assert "Traceback" not in error
    assert visit.problems == []


def test_console_goes_on_after_its_cell(visit):
    visit.open_cells("%load_ext unikernel", TICKING, "%unikernel boot ticking")
    visit.run_all(NOTEBOOK_LIMIT_S)
    page = visit.page
    page.locator(".jp-OutputArea-output", has_text="tick 8").first.wait_for(timeout=30_000)
    screenshot(page, "console")
    cells = page.locator(".jp-CodeCell")
    for_docs("console", cells.first, cells.last)
    assert page.locator(COMPLAINT).all_inner_texts() == []
    assert visit.problems == []


# The page is given a port of this host, whatever is behind it.
@pytest.mark.parametrize(
    "target", [pytest.param(it, marks=() if it == "unix" else pytest.mark.asked) for it in TARGETS]
)
def test_a_link_opens_what_the_guest_serves(visit, target):
    source = WEB.format(target=target)
    visit.open_cells("%load_ext unikernel", source, "%unikernel boot web --port 0:80")
    visit.run_all(NOTEBOOK_LIMIT_S)
    page = visit.page
    assert page.locator(COMPLAINT).all_inner_texts() == []
    with page.context.expect_page() as opened:
        page.locator("a[href^='http://web.localhost']", has_text="→80").click()
    heading = opened.value.locator("h1")
    assert heading.inner_text(timeout=30_000) == f"Hello from {target}"
    assert visit.problems == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_guest_learns_nothing_of_the_notebook(visit, host):
    visit.come_by(host)
    boot = "%unikernel boot witness --port 0:80 --replace"
    visit.open_cells("%load_ext unikernel", WITNESS, boot)
    visit.run_all(NOTEBOOK_LIMIT_S)
    page = visit.page
    kept = {cookie["name"] for cookie in page.context.cookies(visit.lab.url)}
    assert any("username" in name for name in kept), "Jupyter has logged this browser in"
    with page.context.expect_page() as opened:
        page.locator("a", has_text="→80").click()
    opened.value.locator("h1", has_text="I saw it").wait_for(timeout=30_000)
    console = page.locator(".jp-OutputArea-output", has_text="GET / HTTP/1.1")
    seen = console.first.inner_text(timeout=30_000)
    assert "Host: witness.localhost" in seen
    told = seen.lower()
    for secret in ("cookie", "token", "_xsrf", visit.lab.url.removeprefix("http://")):
        assert secret not in told, seen
    assert opened.value.evaluate("window.opener") is None


def complaints_of(visit, cell):
    """Run a cell; return what it shows as errors are shown."""
    visit.open_cells("%load_ext unikernel", cell)
    visit.run_all(NOTEBOOK_LIMIT_S)
    return "".join(visit.page.locator(COMPLAINT).all_inner_texts())


def test_warnings_are_shown_beside_the_image(visit):
    assert complaints_of(visit, DOUBTFUL) == "", "it is no failure, and looks like none"
    screenshot(visit.page, "warning")
    warned = "this pattern-matching is not exhaustive"
    (text,) = visit.page.locator(".jp-OutputArea-output", has_text=warned).all_inner_texts()
    assert "line 2" in text
    visit.page.locator(".jp-OutputArea-output", has_text="boot doubtful").wait_for(timeout=30_000)


def test_compile_error_is_the_cells_own(visit):
    text = complaints_of(visit, MISTAKE)
    screenshot(visit.page, "compile_error")
    assert "line 3" in text
    assert "print_endline 42" in text
    assert "Traceback" not in text


CONFIG = """%%unikernel config greeter
open Mirage
let main = foreign "Unikernel.Main" (console @-> time @-> stackv4 @-> job)
let stack = generic_stackv4 default_network
let () = register "greeter" [ main $ default_console $ default_time $ stack ]
"""


def test_a_config_cell_draws_the_graph_of_its_devices(visit):
    visit.open_cells("%load_ext unikernel", CONFIG)
    visit.run_all(NOTEBOOK_LIMIT_S)
    picture = visit.page.locator(".jp-OutputArea-output svg")
    picture.wait_for(timeout=30_000)
    screenshot(visit.page, "config")
    names = picture.locator("text").all_text_contents()
    assert {"Unikernel.Main", "Netif", "Ethernet.Make"} <= set(names)
    assert not visit.problems


def test_a_wrong_config_cell_is_said_at_its_own_line(visit):
    text = complaints_of(visit, CONFIG.replace("default_time $", "default_tiem $"))
    screenshot(visit.page, "config_error")
    assert "line 5" in text
    assert "default_time" in text
    assert "Traceback" not in text
