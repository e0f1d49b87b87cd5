"""Writes a course for nbgrader: `python -m course DIR`, which is what `./lab course DIR` runs."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

from unikernel.course import labs
from unikernel.course.catalogue import write_whole

from .assignments import assignment

NEXT = """\
Next, in {folder}:
    nbgrader generate_assignment {first}
    nbgrader release_assignment {first}
docs/teaching.md goes on from there."""


def write(folder: Path) -> tuple[list[Path], list[Path]]:
    """Write the files of a course; return those written, and those that were there and stay.

    Raises OSError.
    """
    contents = {folder / "nbgrader_config.py": Path(__file__).with_name("nbgrader_config.py")}
    sources = {folder / "source" / lab.path.stem / lab.path.name: lab for lab in labs()}
    kept = [path for path in (*contents, *sources) if path.exists()]
    written = []
    for path, content in contents.items():
        if path not in kept:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, content.read_text(encoding="utf-8"))
            written.append(path)
    for path, lab in sources.items():
        if path not in kept:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, f"{nbformat.writes(assignment(lab))}\n")  # type: ignore[no-untyped-call]
            written.append(path)
    return written, kept


def main(argv: list[str]) -> int:
    """Do what the command line says; return the exit status."""
    if len(argv) != 1 or argv[0].startswith("-"):
        print("usage: ./lab course DIR", file=sys.stderr)
        return 2
    folder = Path(argv[0])
    try:
        written, kept = write(folder)
    except OSError as problem:
        print(
            f"{problem.filename or folder} cannot be written: {problem.strerror}", file=sys.stderr
        )
        return 1
    print(f"{len(written)} files of a course for nbgrader are new in {folder}.")
    if kept:
        print(f"{len(kept)} that were there are as they were: delete one to have it written anew.")
    print(NEXT.format(folder=folder, first=labs()[0].path.stem))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
