"""Runs a notebook without a browser: `python headless.py NOTEBOOK FOLDER`.

FOLDER gets the executed notebook and every picture in it; the terminal gets what its cells said.
"""

from __future__ import annotations

import base64
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbformat import NotebookNode

CELL_TIMEOUT_S = 300  # the first build makes the library OS
NO_SETTINGS: Mapping[str, str] = {}


def execute(
    notebook: NotebookNode, folder: Path, settings: Mapping[str, str] = NO_SETTINGS
) -> NotebookNode:
    """Run all cells in a fresh kernel that works in `folder`, outputs going into `notebook`.

    `settings` are what `%config` would set, such as UnikernelMagics.target. Raises nbclient's
    CellExecutionError at the first cell that fails.
    """
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        extra_arguments=[
            "--log-level=ERROR",
            *(f"--{name}={value}" for name, value in settings.items()),
        ],
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return notebook


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells with something to run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def said(output: NotebookNode) -> str:
    """Return what one output says in plain text."""
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return "\n".join(output.traceback)
    if "image/png" in output.data:
        return ""
    return str(output.data.get("text/plain", ""))


def transcript(notebook: NotebookNode) -> Iterator[str]:
    """Yield every code cell's first line, then what the cell said, indented."""
    for cell in code_cells(notebook):
        yield f"» {cell.source.splitlines()[0]}"
        for output in cell.outputs:
            plain = re.sub(r"\x1b\[[0-9;]*m", "", said(output))
            yield from (f"    {line}" for line in plain.rstrip().splitlines())


def save_pictures(notebook: NotebookNode, folder: Path, stem: str) -> list[Path]:
    """Write every PNG among the outputs into `folder`; return the files in order."""
    pictures = [
        base64.b64decode(output.data["image/png"])
        for cell in code_cells(notebook)
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    files = [folder / f"{stem}_plot_{i}.png" for i in range(1, len(pictures) + 1)]
    for file, picture in zip(files, pictures, strict=True):
        file.write_bytes(picture)
    return files


def main() -> int:
    """Run the notebook named on the command line; 1 when one of its cells failed."""
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(source, as_version=4)
    started = time.monotonic()
    failed = False
    try:
        execute(notebook, folder)
    except CellExecutionError:
        failed = True
    seconds = time.monotonic() - started
    executed = folder / source.name
    nbformat.write(notebook, executed)
    print(*transcript(notebook), sep="\n")
    print(f"\n{source.name} {'failed' if failed else 'ran'} in {seconds:.1f} s")
    print(f"executed notebook  {executed}")
    for picture in save_pictures(notebook, folder, source.stem):
        print(f"plot               {picture}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
