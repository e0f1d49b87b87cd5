"""uk.sweep: one measurement at every combination of some settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from unikernel.errors import UsageError
from unikernel.model.calls.arguments import checked_call
from unikernel.model.exploration.found import Found
from unikernel.model.exploration.settings import key
from unikernel.model.measurement import Measurements
from unikernel.render.results import Table, Tabulated
from unikernel_toolchain.model import typed

from . import records, remaining
from .experiment import PATIENCE_S, Experiment, Progress, experiment
from .measurements import What
from .programs import Subject
from .remaining import Remaining
from .reporting import report
from .reporting.unfinished import resumable
from .schedule import Run, schedule

MOST_REPEATS = 10_000


@dataclass(frozen=True, repr=False)
class Sweep(Tabulated, Found):
    """What a sweep found, and how it reads: a table, a line a point, and notes below it."""

    def table(self, most: int = report.SHOWN_POINTS) -> Table:
        """Return the table of at most so many points: medians, ranges, why a point failed."""
        return report.table(self, most)


@checked_call
def sweep(
    what: What,
    subject: Subject,
    axes: Mapping[str, Iterable[object]],
    *,
    repeat: int = 3,
    warm_ups: int = 1,
    seed: int = 0,
    file: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    patience_s: float = PATIENCE_S,
    first_line: int = 1,
    **fixed: object,
) -> Sweep:
    """Measure `subject` at every combination of the values in `axes`, each `repeat` times.

    `what` is a measurement's name ("boot", "http", "throughput", "latency", "block", "size"), or a
    function that takes an image and settings and returns Measurements. `subject` is a program's
    text, the Path of its file, an image, or an image's name. `axes` maps names to lists of values.
    A name is an option of `build`, of `boot` (a field of Spec), of the measurement, or a parameter:
    `{{name}}` in the program, in boot arguments and in variables stands for the value. `fixed` are
    settings that stay the same.

    The order is shuffled by `seed`, anew in each round; the first point is measured again in
    between, so that drift is seen. An image's first `warm_ups` measurements in a process are
    dropped. With a `file` each measurement is written there as it comes, and the same call goes on
    where an interrupted one ended. `executor` is any of concurrent.futures; without, one
    measurement is taken at a time, here. `progress(what, done, total)` hears how far it is, and how
    long the rest takes; without, it is shown in a notebook with our magics and in a terminal.
    `patience_s` is how long no measurement may end while some are under way
    elsewhere. `first_line` is the line that compilers' errors count from.

    What fails at a point is a row, and no exception. Raises UsageError for names and values that
    mean nothing, and Unfinished, which has what was found, when the sweep is interrupted, its file
    cannot be written, or its executor fails.
    """
    _check_counts(repeat=repeat, warm_ups=warm_ups, seed=seed)
    asked = experiment(
        what,
        subject,
        axes,
        fixed,
        file=file,
        executor=executor,
        warm_ups=warm_ups,
        more={"seed": seed},
        patience_s=patience_s,
        first_line=first_line,
    )
    try:
        with remaining.shown(progress) as tell:
            return _swept(asked, repeat, seed, tell)
    finally:
        asked.close()


def _check_counts(**counts: object) -> None:
    for name, value in counts.items():
        least = 1 if name == "repeat" else 0
        if name == "seed":
            typed.whole(name, value)
        elif not least <= typed.whole(name, value) <= MOST_REPEATS:
            raise UsageError(f"{name} is a number from {least} to {MOST_REPEATS:,}, not {value}.")


def _swept(asked: Experiment, repeat: int, seed: int, tell: Progress) -> Sweep:
    kind = asked.question.kind
    points = list(asked.question.points())
    repeat = 1 if kind.is_steady else repeat
    runs = schedule(points, repeat, seed, baseline=not kind.is_steady)

    def found() -> Sweep:
        return _found(asked, points, runs, repeat)

    def so_far() -> tuple[Sweep, int, int]:
        so_far = found()
        return so_far, so_far.done, so_far.planned

    with resumable(asked, "sweep", so_far):
        _measure(asked, runs, tell)
    return found()


def _measure(asked: Experiment, runs: list[Run], tell: Progress) -> None:
    waiting = [run for run in runs if not asked.known.is_done(run)]
    asked.build({key(run.settings): run.settings for run in waiting}.values(), tell)
    left = Counter(key(run.settings) for run in waiting)
    failed: set[object] = set()
    far = Remaining(tell, asked.question.title, len(runs), len(runs) - len(waiting))
    done = len(runs) - len(waiting)
    far.tell(done)
    for run, record in asked.records(waiting):
        point = key(run.settings)
        ended = left[point] if asked.known.is_given_up(run.settings) else 1
        left[point] -= ended
        done += ended
        if "failure" in record:
            failed.add(point)
        far.tell(done, len(failed))


def _found(
    asked: Experiment, points: list[dict[str, object]], runs: list[Run], repeat: int
) -> Sweep:
    question = asked.question
    baseline = [run for run in runs if run.is_baseline]
    found = Sweep(
        what=question.kind.name,
        subject=question.subject,
        axes=question.axes,
        points=tuple(asked.known.point(settings, repeat) for settings in points),
        baseline=Measurements(
            row
            for run in baseline
            if (record := asked.known.record_of(run)) is not None
            for row in records.rows_of(record, run.sample, {})
        ),
        planned=len(runs),
        done=sum(asked.known.is_done(run) for run in runs),
    )
    return report.with_notes(found, asked.known.dropped())
