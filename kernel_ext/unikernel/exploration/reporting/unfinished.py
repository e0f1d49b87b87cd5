"""How an exploration that does not come to its end is told, and what of it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from unikernel.errors import JournalUnwritable, Unfinished, UnikernelError, UsageError
from unikernel.exploration.executors import Record
from unikernel.exploration.experiment import Experiment
from unikernel_toolchain.errors import BuildInterrupted, ToolchainError

# Of the last one of each kind that had no file: its question, and its records.
_left: dict[str, tuple[str, list[Record]]] = {}


@contextmanager
def resumable(
    asked: Experiment, kind: str, so_far: Callable[[], tuple[object, int, int]]
) -> Iterator[None]:
    """Go on from what the same question's last call left, and raise Unfinished for what ends this.

    `so_far` returns what was found, how many measurements were taken, and how many were to be. A
    UsageError is raised as it is: going on does not mend it.
    """
    path, question = asked.journal.path, json.dumps(asked.journal.question)
    before = _left.pop(kind, ("", []))
    if path is None and before[0] == question:
        asked.know(before[1])
    try:
        yield
    except (KeyboardInterrupt, BuildInterrupted, UnikernelError, ToolchainError) as problem:
        if path is None:
            _left[kind] = question, asked.journal.records
        if isinstance(problem, UsageError):
            raise
        found, done, planned = so_far()
        interrupted = isinstance(problem, KeyboardInterrupt | BuildInterrupted)
        why = "was interrupted" if interrupted else "could not go on"
        raise Unfinished(
            f"The {kind} {why} after {done} of {planned} measurements.",
            found=found,
            detail="" if interrupted else str(problem),
            hint=_how_to_go_on(problem, path),
        ) from problem


def _how_to_go_on(problem: BaseException, path: Path | None) -> str:
    if isinstance(problem, JournalUnwritable):
        return "The same call goes on from what the file has."
    if path:
        return f"They are in {path}: the same call goes on from there."
    return "The same call goes on from there, in this process; file= keeps them for others."
