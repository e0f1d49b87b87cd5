"""Measurements handed to workers: any executor of concurrent.futures, or this very thread.

    waiting ──▶ under way ──▶ done
       ▲            │
       ├─ the worker lacks the image: again, with its files
       └─ the worker died: again, ATTEMPTS times at most

So many are under way that no worker waits for the caller, and no more: who stops a sweep, or learns
that a point cannot be measured, has little to take back.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Any

from unikernel.errors import UnikernelError, UsageError
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model import typed
from unikernel_toolchain.model.image import Image

from . import records, shipping, worker
from .measurements import What
from .schedule import Run

ATTEMPTS = 3  # of a measurement whose worker dies
UNDER_WAY = 64  # measurements, where an executor does not tell how many workers it has
COUNTED_EVERY_S = 5.0  # workers come and go, and to count them is to ask a scheduler
FOR_EACH = 2  # under way for each worker: one that it does, one that waits for it
_TICK_S = 0.1  # see host/event_loop.py: an interrupt must be able to end the wait
Record = dict[str, Any]


class ExecutorFailed(UnikernelError):
    """The executor takes no more work, or none of its workers answers."""


class Here(Executor):
    """An executor that does the work at once, in the thread that submits it."""

    _max_workers = 1

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do the work, and return its future, which is done. An interrupt is raised from here."""
        future = Future[Any]()
        future.set_result(fn(*args, **kwargs))
        return future


def checked(executor: object) -> Executor:
    """Return the executor, `Here` for None. Raises UsageError for what is none."""
    if executor is None:
        return Here()
    if isinstance(executor, Executor):
        return executor
    raise UsageError(
        f"An executor is one of concurrent.futures, not {visible(typed.brief(executor))}.",
        hint="Dask: client.get_executor(); ipyparallel: client.executor().",
    )


@dataclass(frozen=True)
class Job:
    """A measurement as it is handed over: what it is of, and with what it is called."""

    run: Run
    image: Image
    task: worker.Task
    with_files: bool = False
    attempt: int = 1


@dataclass(frozen=True)
class Pool:
    """An executor, what it is to measure, and how long one waits for it.

    `patience_s` is how long no measurement may end while some are under way.
    """

    executor: Executor
    what: What
    patience_s: float

    @property
    def is_here(self) -> bool:
        """Whether the work is done in the caller's thread."""
        return isinstance(self.executor, Here)

    def records(self, jobs: Iterable[Job]) -> Iterator[tuple[Run, Record]]:
        """Yield the record of each job, as they come to their ends.

        `jobs` is asked for the next when there is room for it. Raises ExecutorFailed.
        """
        source, again = iter(jobs), deque[Job]()
        pending: dict[Future[Any], Job] = {}
        asked_s, most = -COUNTED_EVERY_S, 0
        try:
            while True:
                if time.monotonic() >= asked_s + COUNTED_EVERY_S:
                    asked_s, most = time.monotonic(), self._most()
                while len(pending) < most and (job := self._next(source, again)):
                    pending[self._submitted(job)] = job
                if not pending:
                    return
                for future in self._ended(pending):
                    job = pending.pop(future)
                    next_job, record = _outcome(future, job)
                    if next_job:
                        again.append(next_job)
                    if record:
                        yield job.run, record
        finally:
            for future in pending:
                _cancel(future)

    @staticmethod
    def _next(source: Iterator[Job], again: deque[Job]) -> Job | None:
        return again.popleft() if again else next(source, None)

    def _most(self) -> int:
        """Return how many measurements may be under way."""
        if self.is_here:
            return 1
        workers = getattr(self.executor, "_max_workers", None)  # as Python's, and ipyparallel's
        client = getattr(self.executor, "_client", None)  # as Dask's
        with contextlib.suppress(Exception):
            workers = workers or (client and sum(client.nthreads().values()))
        return FOR_EACH * workers if isinstance(workers, int) and workers > 0 else UNDER_WAY

    def _submitted(self, job: Job) -> Future[Any]:
        files = shipping.pack(job.image) if job.with_files else None
        try:
            # The attempt makes each call another one: Dask gives one answer to equal calls. The
            # function goes by itself: who ships functions by value looks for them there.
            task = {**job.task, "attempt": job.attempt, "with_files": job.with_files}
            return self.executor.submit(worker.measure, self.what, task, files)
        except RuntimeError as problem:
            raise ExecutorFailed(
                f"The executor takes no more work: {problem}.", hint="Make a new one."
            ) from problem

    def _ended(self, pending: dict[Future[Any], Job]) -> list[Future[Any]]:
        """Wait until one of the measurements has ended; return those that have."""
        deadline_s = time.monotonic() + self.patience_s
        while True:
            ended, _ = concurrent.futures.wait(pending, _TICK_S, concurrent.futures.FIRST_COMPLETED)
            if ended:
                return [future for future in pending if future in ended]
            if time.monotonic() > deadline_s:
                raise ExecutorFailed(
                    f"No measurement ended in {self.patience_s:g} s, and {len(pending)} are under "
                    "way: the workers are gone, or hang.",
                    hint="See whether there are workers; patience_s waits longer.",
                )


def _outcome(future: Future[Any], job: Job) -> tuple[Job | None, Record | None]:
    """Return what is to be done again, or the record of what is done."""
    try:
        record = future.result(0)
    except Exception as error:  # noqa: BLE001 - executors have errors of their own for dead workers
        return _died(error, job)
    if record == worker.LACKS_IMAGE and not job.with_files:
        return replace(job, with_files=True), None
    if not isinstance(record, dict) or "worker" not in record:
        return _died(TypeError(f"it answered {typed.brief(record)}"), job)
    return None, record


def _died(error: BaseException, job: Job) -> tuple[Job | None, Record | None]:
    # Dask says this when several workers have died of one task.
    if job.attempt < ATTEMPTS and type(error).__name__ != "KilledWorker":
        return replace(job, attempt=job.attempt + 1), None
    why = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    told = records.failure(
        "host",
        f"Several workers died of it, or could not begin: {why}",
        hint="Workers need jupyter-unikernel as well, and in the same release.",
    )
    return None, {"worker": "", "at_s": round(time.time(), 6), **told}


def _cancel(future: Future[Any]) -> None:
    """Take back what has not begun; what has runs to its end, which is limited."""
    if not future.cancel():
        return
    abort = getattr(future, "abort", None)  # ipyparallel's
    if abort:
        with contextlib.suppress(Exception):
            abort()
