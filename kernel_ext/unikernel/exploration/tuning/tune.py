"""uk.tune: the best of many settings, with few measurements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from unikernel.errors import UsageError
from unikernel.exploration.experiment import PATIENCE_S, Experiment, Progress, experiment
from unikernel.exploration.measurements import What
from unikernel.exploration.programs import Subject
from unikernel.exploration.remaining import Remaining, shown
from unikernel.exploration.reporting.unfinished import resumable
from unikernel.model.exploration.found import HEADLINES, Goal, goal_of
from unikernel.model.exploration.tuned import Tuned
from unikernel.render.results import Table, Tabulated
from unikernel_toolchain.model import typed

from . import optimiser, report
from .search import Search

AT_MOST = 40
MOST = 10_000


@dataclass(frozen=True, repr=False)
class Tuning(Tabulated, Tuned):
    """What a tuning found, and how it reads: the best, what mattered, a table of all settings."""

    def table(self, most: int = report.SHOWN_POINTS) -> Table:
        """Return the table of at most so many settings, the best first."""
        return report.table(self, most)


def tune(
    what: What,
    subject: Subject,
    axes: Mapping[str, Iterable[object]],
    *,
    metric: str | None = None,
    goal: Goal | None = None,
    at_most: int = AT_MOST,
    seed: int = 0,
    warm_ups: int = 1,
    file: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    patience_s: float = PATIENCE_S,
    first_line: int = 1,
    **fixed: object,
) -> Tuning:
    """Find the combination of the values in `axes` at which `metric` is best.

    The metric is by default what stands for the measurement: "boot.total", "http.requests".
    `what`, `subject`, `axes`, `fixed`, `warm_ups`, `file`, `executor`, `progress`, `patience_s` and
    `first_line` are those of `sweep`; but no more than `at_most` measurements are taken, warm-ups
    not counted. Optuna's sampler (TPE) says which settings to measure, by `seed`; those that lead
    are measured again, since the best of many noisy values seems better than it is. `goal` is "max"
    or "min"; by default times, sizes and losses are to be small, rates large, and for all else it
    has to be said. A setting that fails is learnt from, and never the best. Where there are fewer
    settings than measurements, each is measured, the best few again, and that is the end.

    With one worker the same seed and values choose the same settings, also when the tuning was
    interrupted in between: the same call with the same `file` goes on. So does one with a larger
    `at_most`, or another `metric` of the same measurements.

    Raises UsageError for names and values that mean nothing, a metric that is not measured among
    them; PackageUnavailable without Optuna; and Unfinished, which has what was found, when the
    tuning is interrupted, its file cannot be written, or no host is able to measure.
    """
    optimiser.check()
    if not 1 <= typed.whole("at_most", at_most) <= MOST:
        raise UsageError(f"at_most is a number from 1 to {MOST:,}, not {at_most}.")
    if not 0 <= typed.whole("warm_ups", warm_ups) <= MOST:
        raise UsageError(f"warm_ups is a number from 0 to {MOST:,}, not {warm_ups}.")
    wanted = metric_of(what, metric)
    goal_of("", goal)
    asked = experiment(
        what,
        subject,
        axes,
        fixed,
        file=file,
        executor=executor,
        warm_ups=warm_ups,
        more={"tuning": typed.whole("seed", seed)},
        patience_s=patience_s,
        first_line=first_line,
    )
    try:
        with shown(progress) as tell:
            return _tuned(Search(asked, wanted, goal, seed, at_most), tell)
    finally:
        asked.close()


def metric_of(what: object, metric: str | None) -> str:
    """Return the metric that is to be best. Raises UsageError where it has to be said."""
    if metric is not None:
        return typed.text("metric", metric)
    if isinstance(what, str) and (known := HEADLINES.get(what)):
        return known[0]
    raise UsageError(
        "Of several metrics none stands for this measurement.",
        hint="Say which is to be best: metric=… in Python, --metric … of a command.",
    )


def _tuned(search: Search, tell: Progress) -> Tuning:
    def so_far() -> tuple[Tuning, int, int]:
        found = _found(search, complete=False)
        return found, len(found.trials), found.at_most

    with resumable(search.asked, "tuning", so_far):
        search.resume()
        _measure(search, tell)
    return _found(search, complete=True)


def _measure(search: Search, tell: Progress) -> None:
    total = search.at_most
    far = Remaining(tell, _title(search.asked), total, len(search.taken))
    far.tell(min(total, len(search.taken)))
    heard = -1
    while heard != (heard := search.heard):
        # Its end may be that the next choice waits for what is under way.
        for run, record in search.asked.records(search.runs()):
            search.learn(run, record)
            far.tell(len(search.taken), len(search.known.failed))
        search.check_hosts()
    if len(search.taken) < total:
        tell(_title(search.asked), total, total)


def _title(asked: Experiment) -> str:
    return f"tuning {asked.question.title}"


def _found(search: Search, *, complete: bool) -> Tuning:
    question = search.asked.question
    found = Tuning(
        what=question.kind.name,
        subject=question.subject,
        axes=question.axes,
        metric=search.metric,
        unit=search.unit,
        goal=search.goal,
        trials=search.trials(),
        points=search.points(),
        importances={},
        settings=len(search.settings),
        at_most=search.at_most,
        complete=complete,
    )
    if not found.is_flat:
        mattered = search.optimiser.importances(search.known.values)
        found = replace(found, importances=mattered)
    return report.with_notes(found, search.asked.known.dropped())
