"""What `./lab demo` shows of a run, above all of one that fails."""

import base64
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import demo
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from support import ROOT

LIMIT_S = 120
OLD = "OLD-OUTPUT"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5Erk"
    "Jggg=="
)
PICTURE = f"""from IPython.display import Image
from base64 import b64decode
Image(b64decode({PIXEL!r}), format="png")"""


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook whose cells have outputs of an earlier run, text and a picture."""

    def write(*sources):
        outputs = [
            new_output("stream", text=f"{OLD}\n"),
            new_output("display_data", data={"image/png": PIXEL}),
        ]
        cells = [new_code_cell(text, outputs=outputs, execution_count=9) for text in sources]
        path = tmp_path / "shown.ipynb"
        nbformat.write(new_notebook(cells=cells), path)
        return path

    return write


@pytest.fixture
def folder(tmp_path):
    """The folder of results, with a picture of an earlier run and somebody's own file."""
    place = tmp_path / "out"
    place.mkdir()
    (place / "shown_plot_7.png").write_bytes(b"old")
    (place / "mine.png").write_bytes(b"mine")
    return place


def command(source, folder):
    return [sys.executable, ROOT / "notebooks/demo.py", source, folder]


def run(source, folder, **environment):
    return subprocess.run(
        command(source, folder),
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
    )


def kept(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_run_shows_what_it_made(notebook, folder):
    done = run(notebook("print('one')", PICTURE), folder)
    assert done.returncode == 0
    assert "» print('one')\n    one\n" in done.stdout
    assert OLD not in done.stdout
    assert kept(folder) == ["mine.png", "shown.ipynb", "shown_plot_1.png"]
    assert (folder / "shown_plot_1.png").read_bytes() == base64.b64decode(PIXEL)


def test_a_cell_that_fails_ends_it_and_comes_last(notebook, folder):
    source = notebook("print('one')", "print('two')\nopen('/nowhere')", "print('never')", PICTURE)
    done = run(source, folder)
    assert done.returncode == 1
    assert "    one\n" in done.stdout
    assert "    two\n" in done.stdout
    assert "never" not in done.stdout
    assert OLD not in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("FileNotFoundError: ")
    assert kept(folder) == ["mine.png", "shown.ipynb"]
    cells = nbformat.read(folder / "shown.ipynb", as_version=4).cells
    assert [len(cell.outputs) for cell in cells] == [1, 2, 0, 0]


def test_the_demo_without_a_compiler_shows_nothing_of_other_runs(tmp_path):
    source = ROOT / "notebooks/01_first_unikernel.ipynb"
    done = run(source, tmp_path / "out", OCAMLOPT="/bin/false")
    assert done.returncode == 1
    assert done.stdout.rstrip().splitlines()[-1].startswith("ToolMissing: /bin/false does not work")
    assert "boot" not in done.stdout
    assert kept(tmp_path / "out") == [source.name]


def test_a_kernel_that_dies_is_said(notebook, folder):
    done = run(notebook("print('one')", "import os\nos._exit(3)", "print('never')"), folder)
    assert done.returncode == 1
    assert "    one\n" in done.stdout
    last = done.stdout.rstrip().splitlines()[-1]
    assert last.startswith("The kernel died in this cell")
    assert last.endswith("» import os")


def test_an_interrupt_ends_it_with_what_there_is(notebook, folder, tmp_path):
    begun = tmp_path / "begun"
    wait = f"open({str(begun)!r}, 'w').close()\nimport time\ntime.sleep({LIMIT_S})"
    source = notebook("print('one')", wait, "print('never')")
    with subprocess.Popen(
        command(source, folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        until_s = time.monotonic() + LIMIT_S
        while not begun.exists() and process.poll() is None and time.monotonic() < until_s:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == demo.INTERRUPTED, output
    assert "    one\n" in output
    assert "never" not in output
    assert output.endswith("Interrupted.\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "cannot be read: No such file"), ("no JSON", "is not a notebook"), ("{}", "is not a")],
)
def test_what_is_no_notebook_is_said(text, message, tmp_path, folder, capsys):
    source = tmp_path / "shown.ipynb"
    if text is not None:
        source.write_text(text)
    assert demo.main([str(source), str(folder)]) == 1
    stderr = capsys.readouterr().err
    assert f"{source} {message}" in stderr
    assert len(stderr.splitlines()) == 1
    assert "shown_plot_7.png" in kept(folder), "nothing was run: what there was stays"


@pytest.mark.parametrize("place", ["/proc/nowhere", "file/below"])
def test_a_folder_that_cannot_be_made_is_said_before_the_run(place, notebook, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert demo.main([str(notebook("1")), str(tmp_path / place)]) == 1
    assert "cannot be written to: " in capsys.readouterr().err


def test_a_full_disk_is_said(notebook, folder, monkeypatch, capsys):
    def full(path, content):
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert demo.main([str(notebook("print('one')")), str(folder)]) == 1
    out, err = capsys.readouterr()
    assert "    one\n" in out
    assert "cannot be kept" in err
    assert "No space left on device" in err
    assert kept(folder) == ["mine.png"]


def test_a_reader_that_goes_away_is_no_traceback(notebook, folder):
    pipe = f"{' '.join(map(str, command(notebook('1'), folder)))} | true"
    done = subprocess.run(
        ["sh", "-c", pipe], stderr=subprocess.PIPE, text=True, timeout=LIMIT_S, check=True
    )
    assert "Traceback" not in done.stderr
