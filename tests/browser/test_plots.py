"""Plots in JupyterLab: values on hover, zoom, a reason on a click, and one that moves."""

import pytest
from support import ROOT

SCREENSHOTS = ROOT / "out/browser"
pytestmark = [pytest.mark.browser]

BUILD = """%%unikernel build looks -t unix -p str
let () = if Str.string_match (Str.regexp "a+") Sys.executable_name 0 then print_string "!"
let start () = print_endline "ready"
"""
FLAME = """from unikernel.model.debugging.profile import Profile
calls = {("main", "left"): 3, ("main", "right", "deep"): 1}
uk.plots.flame(Profile("looks", calls, idle=0, seconds=1.0, held_s=0.1, dimensions={}))
"""
SWEEP = """axes = {"memory_mib": [16, 32, 64], "environment": ["A=1", "A=2"]}
uk.plots.sweep(uk.sweep("boot", "looks", axes, repeat=2))
"""
CELLS = (
    "%load_ext unikernel\nimport unikernel as uk",
    BUILD,
    "%unikernel plot boot looks --repeat 3 -m 16 -m 32",
    "%unikernel plot size looks",
    FLAME,
    "%unikernel measure boot looks --sliders --repeat 1",
    SWEEP,
    "%unikernel measure boot looks --repeat 100000",  # until it is interrupted
)
PLOTS = len(CELLS) - 2
LIMIT_MS = 60_000


def output(page, number):
    """Return the drawing of a cell."""
    return page.locator(".jp-CodeCell").nth(number).locator(".jp-OutputArea svg.marks")


def tooltip(page):
    shown = page.locator("#vg-tooltip-element.visible")
    shown.wait_for(timeout=LIMIT_MS)
    return " ".join(shown.inner_text().split())


def hover_shows_values(page):
    page.mouse.move(0, 0)
    output(page, 2).locator(".mark-rect path").first.hover()
    shown = tooltip(page)
    assert "phase" in shown
    assert "ms" in shown
    assert "16 MiB · median" in shown


def the_wheel_zooms(page):
    axis = output(page, 2).locator(".role-axis-label text")
    before = axis.all_text_contents()
    output(page, 2).locator(".mark-rect path").first.hover()
    page.mouse.wheel(0, -600)
    page.wait_for_function(
        """([before, number]) => {
            const cell = document.querySelectorAll('.jp-CodeCell')[number];
            const labels = cell.querySelectorAll('.jp-OutputArea .role-axis-label text');
            return [...labels].map(label => label.textContent).join() !== before.join();
        }""",
        arg=[before, 2],
        timeout=LIMIT_MS,
    )


def a_click_tells_why(page):
    drawing = output(page, 3)
    areas = drawing.locator(".areas path")
    labels = areas.evaluate_all("all => all.map(area => area.getAttribute('aria-label') || '')")
    module = next(number for number, label in enumerate(labels) if label.startswith("Str,"))
    areas.nth(module).click()
    chain = drawing.locator(".chain")
    chain.get_by_text("Cell (the program)").wait_for(timeout=LIMIT_MS)
    told = " ".join(chain.text_content().split())
    assert "→ Str [str] by Str." in told
    choice = page.get_by_label("why is it here")
    assert "Str [str]" in choice.locator("option:checked").text_content()


def a_flame_graph_is_zoomed_and_searched(page):
    drawing = output(page, 4)
    bars = drawing.locator(".bar path")

    def has_bars(count):
        drawing.locator(f".bar path:nth-of-type({count})").wait_for(timeout=LIMIT_MS)
        drawing.locator(f".bar path:nth-of-type({count + 1})").wait_for(
            state="detached", timeout=LIMIT_MS
        )

    has_bars(4)
    labels = bars.evaluate_all("all => all.map(bar => bar.getAttribute('aria-label') || '')")
    right = bars.nth(labels.index("right, 1 samples"))
    right.hover()
    assert "25.0%" in tooltip(page)
    right.click()
    has_bars(3)  # left is out of sight
    page.get_by_label("Find a function").fill("DEEP")
    drawing.locator('.bar path[fill="#cc79a7"]').wait_for(timeout=LIMIT_MS)
    bars.first.dblclick()
    has_bars(4)


def a_slider_and_a_button_measure_again(page):
    page.get_by_role("button", name="Measure", exact=True).click()
    output(page, 5).get_by_text("first line").first.wait_for(timeout=LIMIT_MS)
    page.get_by_role("slider", name="memory, MiB").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Measure", exact=True).click()
    output(page, 5).get_by_text("run 2, 64 MiB · median").first.wait_for(timeout=LIMIT_MS)


def a_sweep_has_a_panel_for_each_axis(page):
    drawing = output(page, 6)
    titles = drawing.locator(".role-axis-title text").all_text_contents()
    assert [title for title in titles if title in {"memory_mib", "environment"}] == [
        "memory_mib",
        "environment",
    ]
    assert "part of the variance" in titles
    drawing.get_by_text("environment = A=2").first.wait_for(timeout=LIMIT_MS)
    drawing.locator(".mark-symbol path").first.hover()
    shown = tooltip(page)
    assert "boot.total, ms" in shown
    assert "samples of the point: 2" in shown


def letters_and_backdrop(page):
    """Return for every plot how bright its letters are and the page is, from 0 to 1."""
    return page.evaluate(
        """() => {
            const bright = colour => colour.match(/[0-9]+/g).slice(0, 3)
                .reduce((sum, part) => sum + part / 765, 0);
            const page = document.querySelector('.jp-NotebookPanel-notebook');
            const behind = bright(getComputedStyle(page).backgroundColor);
            return [...document.querySelectorAll('.jp-OutputArea svg.marks')].map(drawing =>
                [bright(getComputedStyle(drawing.querySelector('.role-title text')).fill), behind]);
        }"""
    )


def plots_follow_the_theme(visit):
    """See letters that can be read when the theme changes under plots that are there."""
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        visit.use_theme(theme)
        found = letters_and_backdrop(visit.page)
        assert len(found) == PLOTS
        assert all(abs(letters - behind) > 0.5 for letters, behind in found), (theme, found)


def nothing_is_too_wide(page):
    wide = page.locator(".jp-OutputArea-output:has(svg.marks)").evaluate_all(
        "all => all.map(one => one.scrollWidth - one.clientWidth)"
    )
    assert wide == [0] * PLOTS


def a_measurement_moves(page):
    """See three states of it, each another one, and end it."""
    title = output(page, 7).locator(".role-title-text text").first
    states = set()
    while len(states) < 3:
        shown = title.text_content(timeout=LIMIT_MS)
        assert "is being measured" in shown
        states.add(shown)
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel"
        ".interrupt()"
    )


def test_plots_follow_the_mouse_and_move(visit):
    page = visit.page
    visit.open_cells(*CELLS)
    visit.begin_all()
    a_measurement_moves(page)
    visit.wait_for_all(LIMIT_MS / 1000)
    hover_shows_values(page)
    the_wheel_zooms(page)
    a_click_tells_why(page)
    a_flame_graph_is_zoomed_and_searched(page)
    a_slider_and_a_button_measure_again(page)
    a_sweep_has_a_panel_for_each_axis(page)
    plots_follow_the_theme(visit)
    nothing_is_too_wide(page)
    assert visit.accessibility_faults(".jp-OutputArea") == []
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "plots.png")
    kept = page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.widgets[2].model.outputs.toJSON()
            .map(output => Object.keys(output.data)).flat()"""
    )
    assert {"image/png", "text/plain", "application/vnd.vegalite.v5+json"} <= set(kept)
    assert visit.problems == []
    assert visit.foreign == []
