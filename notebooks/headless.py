"""Runs a notebook without a browser, and says in plain text what its cells said."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from typing import TYPE_CHECKING, Any

from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellTimeoutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from nbformat import NotebookNode

CELL_TIMEOUT_S = 300  # the first build makes the library OS
NO_SETTINGS: Mapping[str, str] = {}


class Unfinished(Exception):
    """Not every cell ran to its end; the text says which did not and why, the error last."""


class Interrupted(Unfinished):
    """Ctrl-C: the cell that ran has ended, the next ones are not begun."""


def execute(
    notebook: NotebookNode, folder: Path, settings: Mapping[str, str] = NO_SETTINGS
) -> NotebookNode:
    """Run all cells in a fresh kernel that works in `folder`, outputs going into `notebook`.

    `settings` are what `%config` would set, such as UnikernelMagics.target. Outputs of earlier
    runs are gone in any case. Raises Unfinished at the first cell that fails, and Interrupted; the
    outputs so far stay.
    """
    clear(notebook)
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
    progress = _Progress(client)
    client.on_cell_execute = progress.begin
    try:
        client.execute()
    except (CellControlSignal, RuntimeError, OSError, NoSuchKernel) as problem:
        if progress.interrupts:
            raise Interrupted("Interrupted.") from problem
        raise Unfinished(_why(problem, progress.cell)) from problem
    return notebook


def _why(problem: Exception, cell: NotebookNode | None) -> str:
    """Return what ended a run in this cell, the cell's own error last."""
    if cell is None:
        return f"No kernel can be started: {str(problem).strip() or type(problem).__name__}"
    if isinstance(problem, CellTimeoutError):
        return f"This cell did not end within {CELL_TIMEOUT_S} s: {heading(cell)}"
    errors = [plain(text_of(output)) for output in cell.outputs if output.output_type == "error"]
    if errors:
        return "\n".join((heading(cell), *errors))
    return f"The kernel died in this cell; is the machine out of memory? {heading(cell)}"


class _Progress:
    """Which cell runs. Ctrl-C interrupts it, as a notebook's stop button does.

    A second one ends the kernel. nbclient would end it at once, and with it what the cell has
    still to say.
    """

    def __init__(self, client: NotebookClient) -> None:
        self.cell: NotebookNode | None = None
        self.interrupts = 0
        self._client = client
        self._answer: asyncio.Future[None] | None = None

    def begin(self, cell: NotebookNode, **_: Any) -> None:
        """Prepare for a cell. Raises Interrupted instead of beginning another one."""
        if self.interrupts:
            raise Interrupted("Interrupted.")
        self.cell = cell
        with contextlib.suppress(RuntimeError):  # outside the main thread there are no signals
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._pass_on)

    def _pass_on(self) -> None:
        self.interrupts += 1
        kernel = self._client.km
        first = self.interrupts == 1
        answer = kernel.interrupt_kernel() if first else kernel.shutdown_kernel(now=True)
        self._answer = asyncio.ensure_future(answer)


def clear(notebook: NotebookNode) -> None:
    """Remove what an earlier run left in the cells."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells with something to run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def heading(cell: NotebookNode) -> str:
    """Return a cell's first line, marked."""
    return f"» {cell.source.strip().splitlines()[0]}"


def text_of(output: NotebookNode) -> str:
    """Return what one output says in plain text."""
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return "\n".join(output.traceback)
    if "image/png" in output.data:
        return ""
    return str(output.data.get("text/plain", ""))


def plain(text: str) -> str:
    """Return a text without its colours and the space at its end."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text).rstrip()


def transcript(notebook: NotebookNode) -> Iterator[str]:
    """Yield the first line of every cell that ran, then what it said, indented; but no error."""
    for cell in code_cells(notebook):
        if not cell.execution_count and not cell.outputs:
            continue
        yield heading(cell)
        for output in cell.outputs:
            if output.output_type != "error":
                yield from (f"    {line}" for line in plain(text_of(output)).splitlines())
