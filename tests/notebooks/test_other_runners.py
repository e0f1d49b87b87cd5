"""Notebooks where no widget is: run by papermill, made pages by nbconvert, shown by VS Code."""

import subprocess
import sys

import nbformat
import pytest
from bs4 import BeautifulSoup
from support import ROOT

FIRST = ROOT / "notebooks/01_first_unikernel.ipynb"
LIMIT_S = 300
PARAMETERS = 'target = "virtio"\nwords = "none"'
TALKER = """%%unikernel build talker --lang c -t {target}
#include <stdio.h>
int main(int count, char **words) {
  printf("told: %s\\n", words[count - 1]);
  fflush(stdout);
  getchar();
}
"""
VIEWS = """%unikernel boot talker --wait 1 -- {words}
%unikernel console talker
%unikernel panel
%unikernel ps
%unikernel measure size talker
%unikernel plot size talker
%unikernel logs talker"""
# A widget that lives to the end is drawn by a script from elsewhere, unless its state is not saved.
STATIC = "--ExecutePreprocessor.store_widget_state=False"

pytestmark = [pytest.mark.boot, pytest.mark.notebook]


def run(*command):
    argv = [sys.executable, "-m", *map(str, command)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A notebook with parameters, and with every kind of view of a guest that lives to its end."""
    sources = ["%load_ext unikernel", PARAMETERS, TALKER, *VIEWS.splitlines()]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in sources],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python"},
        },
    )
    notebook.cells[1].metadata.tags = ["parameters"]
    path = tmp_path_factory.mktemp("runners") / "source.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def saved(source):
    """The outputs of its cells, as papermill saves them."""
    path = source.with_name("saved.ipynb")
    words = ("-p", "target", "unix", "-p", "words", "hello")
    run("papermill", source, path, *words, "--no-progress-bar", "--cwd", source.parent)
    return [cell.outputs for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


def test_papermill_gives_parameters(saved):
    text = str(saved)
    assert "for unix" in text
    assert "told: hello" in text


def test_every_output_has_a_text_and_something_for_a_page_without_widgets(saved):
    shown = [out.data for outputs in saved for out in outputs if "data" in out]
    assert len(shown) >= len(VIEWS.splitlines())
    for data in shown:
        assert data["text/plain"].strip()
        assert {"text/html", "image/png", "image/svg+xml"} & data.keys(), data.keys()
        assert "<script" not in data.get("text/html", "")


def page(source, *words):
    """Return the texts and pictures of the outputs on the page that nbconvert runs a notebook for.

    Each is there without a script.
    """
    path = source.with_name("page.html")
    folder = ("--output-dir", path.parent, "--output", path.name)
    run("nbconvert", "--execute", "--to", "html", source, *folder, *words)
    outputs = BeautifulSoup(path.read_text(), "html.parser").select(".jp-OutputArea-output")
    assert all(it.get_text(strip=True) or it.img for it in outputs)
    assert not any(it.script for it in outputs)
    text = "\n".join(it.get_text() for it in outputs)
    return text, [it.img["src"] for it in outputs if it.img]


def test_a_page_of_live_views_shows_them(source):
    text, pictures = page(source, STATIC)
    assert text.count("told: none") >= 2  # the boot's, the console's
    assert [picture[:15] for picture in pictures] == ["data:image/png;"]


def test_a_page_of_the_first_notebook_has_its_outputs_and_its_picture(tmp_path):
    (tmp_path / FIRST.name).write_bytes(FIRST.read_bytes())
    text, pictures = page(tmp_path / FIRST.name)
    assert "Hello from a unikernel!" in text
    assert "ticker: paused" in text
    assert pictures
    assert all(picture.startswith("data:image/png;") for picture in pictures)
