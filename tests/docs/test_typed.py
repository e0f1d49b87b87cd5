"""What pages have typed works as it is written: every cell and every command.

A page's cells run in one kernel, its commands in one folder. What does not stands in NOT_RUN, with
who runs it instead, or why nobody can.
"""

import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import headless
import nbformat
import pytest
from support.pages import PAGES, blocks

LIMIT_S = 300
LESS = (
    (re.compile(r"(-s|--seconds) \d+\b"), r"\1 0.3"),
    (re.compile("--at-most 12"), "--at-most 6"),
)
ALL = [block for path in PAGES for block in blocks(path)]
A_PICTURE = "a picture of the structure"
NOT_RUN = {  # by page and how a block begins, why
    ("ARCHITECTURE", "cell ─▶ Config"): A_PICTURE,
    ("ARCHITECTURE", "kernel_ext/unikernel/ "): A_PICTURE,
    ("README", "./lab demo "): "tests/notebooks/test_demo.py has what it does",
    ("README", "./lab web "): "tests/notebooks/test_web.py asks what it serves",
    ("docs/index", "./lab"): "it opens a browser, and goes on until it is ended",
    ("docs/teaching", "./lab course "): "tests/notebooks/test_nbgrader.py has a class of three",
    ("docs/teaching", "nbgrader "): "the same does",
    ("docs/howto/hub", "docker build "): "it takes Docker; test_dockerfile.py reads it",
    ("docs/howto/hub", "singleuser:"): "it is Kubernetes' to read",
    (
        "docs/howto/hub",
        "c.JupyterHub.spawner_class",
    ): "it is JupyterHub's configuration, with Docker",
    ("docs/howto/hub", "sudo -E pip install"): "it changes the host; tests/distributions install",
    ("docs/howto/hub", "sudo UNIKERNEL_CACHE="): "it takes a hub's host",
    ("docs/howto/console", "%unikernel console NAME"): "tests/browser/test_console.py types there",
    ("docs/howto/notebook", "jupyter nbconvert "): "tests/notebooks/test_other_runners.py does",
    ("docs/howto/sweep", "from dask"): "tests/measure/test_sweep_dask.py has two workers",
    ("docs/howto/sweep", "import ipyparallel"): "tests/measure/test_sweep_ipyparallel.py has two",
    ("docs/howto/disk", "let store ="): "tests/apps/stores has this device",
}
FIRST = ("%load_ext unikernel", "import unikernel as uk")
PROMISED = {  # by page and cell, what it shows
    "README": {"%unikernel boot hello": r"^Hello from a unikernel!$"},
    "docs/index": {
        "%unikernel boot hello": r"^Hello from a unikernel!$",
        "%unikernel boot web": r"^web: .*→80",
    },
    "docs/howto/disk": {
        "%%unikernel build journal": r"^journal: .* with block device storage",
    },
    "docs/howto/mirage-application": {
        "%unikernel boot hello": r"^Hello, you$",
        "%unikernel boot hello --name others": r"^Hello, them$",
    },
    "docs/howto/plots": {"%unikernel why hello": r"Stdlib\.List"},
    "docs/howto/sweep": {
        "%%unikernel sweep": r"^ +64 +10000 .* 3\b",
        "found.best": r"^\(\)$",
        "def first_line": r"^ +20 +20 +1 +best$",
    },
    "docs/howto/tune": {
        "%%unikernel tune http report": r"^Best of \d+ of 27 settings in 6 measurements",
    },
    "docs/howto/tracing": {
        "%unikernel trace busy -s 1": r"Wrote busy\.folded",
        "%unikernel snapshot compare": r"OCaml's young heap",
        "%unikernel snapshot restore": r"as it was at early, and running",
        "%unikernel snapshot list": r"restored, compared",
        "%unikernel packets web.pcap": r"ARP",
    },
    "docs/howto/debugging": {
        "%unikernel gdb sums 'break": r"#\d+ .* caml_start_program",
        "%%unikernel gdb sums": r"back in start",
        "%unikernel step sums 0": r"R-X +\.text",
        "%unikernel gdb raising": r"caml_raise_exn",
        "%unikernel core broken": r"^#\d+ +Cell\.start \(\) at cell broken:",
    },
    "docs/howto/xen": {
        "%unikernel boot hello": r"^Hello from a domain!$",
        "%unikernel xl hello list": r"^hello +\d+ ",
        "%unikernel export hello": r"hello\.xl\.in",
        "%unikernel boot who": r"^who",
    },
}
TOLD = {  # by page, what its commands show in the end
    "docs/index": r"^hello$",
    "docs/coming-from/mirageos": r"Hello from MirageOS",
    "docs/coming-from/unikraft": r"^Hello, unikernel!$",
    "docs/coming-from/ops": r"^Hello from here$",
    "docs/howto/mirage-application": r"^Hello, you$",
    "docs/teaching": r"^Copied to my-labs: 01_first",
}


def reason(block):
    """Return the entry of NOT_RUN that a block has, None for one that is to be run."""
    fits = (it for it in NOT_RUN if it[0] == block.page and block.begins.startswith(it[1]))
    return next(fits, None)


def of_kind(kind):
    """Return what is to be run, by page."""
    found = defaultdict(list)
    for block in ALL:
        if block.kind == kind and not reason(block):
            found[block.page].append(block)
    return found


CELLS, COMMANDS = of_kind("cell"), of_kind("sh")


def here(text):
    """Take any port, since another process may have the page's, and less time than a reader has."""
    for much, less in LESS:
        text = much.sub(less, text)
    return text.replace("8080:80", "0:80")


def test_every_block_is_run_or_has_a_reason():
    unknown = [block for block in ALL if not block.kind and not reason(block)]
    assert unknown == [], "neither a cell nor commands, and no reason"
    assert set(map(reason, ALL)) - {None} == NOT_RUN.keys(), "reasons without a block"


def test_every_promise_is_of_a_page():
    assert PROMISED.keys() <= CELLS.keys()
    assert TOLD.keys() <= COMMANDS.keys()


@pytest.mark.notebook
@pytest.mark.slow
@pytest.mark.parametrize("page", CELLS)
def test_the_cells_of_a_page_run(page, tmp_path):
    sources = [*FIRST, *(here(cell) for block in CELLS[page] for cell in block.cells())]
    made = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources)))
    done = headless.execute(made, tmp_path)
    for begins, shown in PROMISED.get(page, {}).items():
        (first, *_) = (cell for cell in done.cells if cell.source.startswith(here(begins)))
        said = "\n".join(map(headless.text_of, first.outputs))
        assert re.search(shown, said, re.MULTILINE), said


@pytest.mark.boot
@pytest.mark.parametrize("page", COMMANDS)
def test_the_commands_of_a_page_run(page, tmp_path):
    script = here("\n".join(block.text for block in COMMANDS[page]))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(TOLD.get(page, ""), done.stdout, re.MULTILINE), done.stdout
