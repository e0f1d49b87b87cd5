"""The site in a browser without a network: found, read, in light and in dark."""

from pathlib import Path

import pytest
from support import TESTS
from support.frontends.jupyterlab import CHROMIUM_FLAGS, chromium_path

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser
AXE = TESTS / "browser/vendored/axe/axe.min.js"
LIMIT_MS = 60_000
PAGES = (
    "docs/index",
    "docs/reference/commands",
    "docs/coming-from/ops",
    "notebooks/09_looking_inside",
)
# Colours of code are Pygments': what we wrote, and what cells showed, is looked at.
FAULTS = """async () => {
    const where = { include: ['article'], exclude: ['.highlight'] };
    const { violations } = await axe.run(where, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}"""


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request):
    """A page of a browser that reaches nothing, and notes what it asks for."""
    with playwright.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        context = browser.new_context(color_scheme=request.param, offline=True)
        page = context.new_page()
        page.set_default_timeout(LIMIT_MS)
        yield page
        browser.close()


def test_pages_are_whole_and_can_be_read_by_all(site, page):
    asked, problems = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda problem: problems.append(str(problem)))
    for name in PAGES:
        page.goto((site / f"{name}.html").as_uri())
        page.add_script_tag(content=AXE.read_text())
        assert page.evaluate(FAULTS) == [], name
    assert problems == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_a_search_finds_a_page(site, page):
    page.goto((site / "docs/index.html").as_uri())
    page.get_by_role("textbox", name="Search").first.fill("snapshot compare")
    page.keyboard.press("Enter")
    page.locator("#search-results a", has_text="Look into a running machine").first.click()
    page.locator("h1", has_text="Look into a running machine").wait_for()
    assert Path(page.url.partition("?")[0]).name == "tracing.html"
