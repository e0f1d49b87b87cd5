"""A private JupyterLab, and a page in a browser that reaches nothing but it."""

import pytest
from support.frontends.jupyterlab import browsing, chromium_path, serving


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def visit(lab, tmp_path):
    pytest.importorskip("playwright.sync_api")
    if not chromium_path():
        pytest.skip("Chromium is not installed")
    with browsing(lab, tmp_path / "profile") as visit:
        yield visit
