"""What people do first who installed the package: `python first_steps.py`, outside a checkout.

Run by the Python that it was installed for, in a folder that may be written to.
"""

import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

import unikernel

PROGRAMS = Path(sys.executable).parent
LIMIT_S = 600  # the library OS is compiled at first, on whatever machine
NOTEBOOK = (
    "%load_ext unikernel",
    '%%unikernel build noted -t unix\nlet start () = print_endline "out of a notebook"',
    "%unikernel boot noted",
    "%unikernel plot size noted",
)


def main() -> None:
    """Do it; fails at the first step that does not."""
    assert Path(unikernel.__file__).is_relative_to(sys.prefix), unikernel.__file__
    assert command("--version") == f"unikernel {unikernel.__version__}\n"
    examination = unikernel.doctor.examine()
    print(examination)
    assert examination.healthy
    for target in ("unix", "virtio"):
        program = Path(f"{target}.ml")
        program.write_text(f'let start () = print_endline "runs on {target}"\n')
        command("build", target, str(program), "-t", target)
        assert f"runs on {target}" in command("boot", target)
    command("course", "labs")
    assert Path("labs/01_first.ipynb").is_file()
    run_notebook()
    print("All first steps were taken.")


def command(*words: str) -> str:
    """Return what `unikernel` prints for these words."""
    done = subprocess.run(
        (PROGRAMS / "unikernel", *words), stdout=subprocess.PIPE, text=True, timeout=LIMIT_S
    )
    print(words, done.stdout, sep="\n")
    assert done.returncode == 0
    return done.stdout


def run_notebook() -> None:
    """Run a notebook that loads the extension, builds, boots and draws."""
    notebook = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    notebook.cells = [nbformat.v4.new_code_cell(text) for text in NOTEBOOK]  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=LIMIT_S, kernel_name="python3").execute()
    *_, booted, plotted = notebook.cells
    assert "out of a notebook" in str(booted.outputs)
    assert any("image/png" in output.get("data", {}) for output in plotted.outputs)


if __name__ == "__main__":
    main()
