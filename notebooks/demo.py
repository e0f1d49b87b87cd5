"""Runs a notebook without a browser: `python demo.py NOTEBOOK FOLDER`.

FOLDER gets the executed notebook and every picture in it; the terminal gets what its cells said,
and in the end what went wrong. What an earlier run left in FOLDER goes first. Exit status: 0, 1
when something failed, 130 when it was interrupted.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import headless
import nbformat

if TYPE_CHECKING:
    from nbformat import NotebookNode

FAILED, INTERRUPTED = 1, 130


class CannotRun(Exception):
    """Why there is nothing to run, or nowhere to; a sentence."""


def read(source: Path) -> NotebookNode:
    """Return a notebook. Raises CannotRun."""
    try:
        return nbformat.read(source, as_version=4)
    except OSError as problem:
        raise CannotRun(f"{source} cannot be read: {problem.strerror}.") from problem
    except Exception as problem:  # nbformat's own come from three modules
        raise CannotRun(f"{source} is not a notebook: {first_line(problem)}") from problem


def prepare(folder: Path, source: Path) -> None:
    """Make the folder, without what an earlier run of this notebook left. Raises CannotRun."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        for old in (folder / source.name, *folder.glob(f"{source.stem}_plot_*.png")):
            old.unlink(missing_ok=True)
    except OSError as problem:
        raise CannotRun(f"{folder} cannot be written to: {problem.strerror}.") from problem


def save(notebook: NotebookNode, folder: Path, source: Path) -> list[Path]:
    """Write the executed notebook and its pictures; return the files. Raises OSError."""
    files = {source.name: nbformat.writes(notebook).encode()}
    for number, picture in enumerate(pictures(notebook), 1):
        files[f"{source.stem}_plot_{number}.png"] = picture
    for name, content in files.items():
        write_whole(folder / name, content)
    return [folder / name for name in files]


def pictures(notebook: NotebookNode) -> list[bytes]:
    """Return every PNG among the outputs, in order."""
    outputs = [output for cell in headless.code_cells(notebook) for output in cell.outputs]
    encoded = [output.get("data", {}).get("image/png") for output in outputs]
    return [base64.b64decode(text) for text in encoded if text]


def write_whole(file: Path, content: bytes) -> None:
    """Write a file, or leave none. Raises OSError."""
    try:
        file.write_bytes(content)
    except OSError:
        with contextlib.suppress(OSError):
            file.unlink()
        raise


def first_line(problem: BaseException) -> str:
    """Return what an exception says first, or its name."""
    return (str(problem).strip() or type(problem).__name__).splitlines()[0]


def show(notebook: NotebookNode, folder: Path, source: Path, summary: str) -> str:
    """Print what the cells said, and keep it; return what went wrong with that."""
    print(*headless.transcript(notebook), sep="\n")
    print(f"\n{source.name} {summary}")
    try:
        for file in save(notebook, folder, source):
            print(f"{'picture' if file.suffix == '.png' else 'notebook':<10}{file}")
    except OSError as problem:
        return f"The results cannot be kept in {folder}: {problem.strerror}."
    return ""


def run(source: Path, folder: Path) -> int:
    """Run a notebook and show what came of it; return the exit status. Raises CannotRun."""
    notebook = read(source)
    prepare(folder, source)
    started_s, status, failure = time.monotonic(), FAILED, ""
    try:
        headless.execute(notebook, folder)
    except headless.Unfinished as problem:
        failure = str(problem)
        status = INTERRUPTED if isinstance(problem, headless.Interrupted) else FAILED
    except KeyboardInterrupt:  # before the first cell
        failure, status = "Interrupted.", INTERRUPTED
    ended = "did not get through its cells" if failure else "ran"
    summary = f"{ended} in {time.monotonic() - started_s:.1f} s"
    failures = [show(notebook, folder, source, summary), failure]
    return report(*failures, status=status) if any(failures) else 0


def report(*failures: str, status: int = FAILED) -> int:
    """Print what went wrong, behind all else; return the status."""
    sys.stdout.flush()
    print(*filter(None, failures), sep="\n", file=sys.stderr)
    return status


def main(argv: list[str]) -> int:
    """Do what the command line says; return the exit status."""
    if len(argv) != 2:
        return report("usage: python demo.py NOTEBOOK FOLDER")
    try:
        status = run(Path(argv[0]), Path(argv[1]))
        sys.stdout.flush()
    except CannotRun as why:
        return report(str(why))
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
