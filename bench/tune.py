"""Which garbage collector and which buffers of TCP suit an HTTP server: the best of 200 settings.

The server makes a report for each request from a table that it keeps, renews a part of that, and
sends it row by row. Its memory is short: what saves the collector work may end it. All settings are
measured, SAMPLES times each; then uk.tune looks for the best with AT_MOST measurements, by SEEDS.
What it chose is judged by what was measured of all.

The metric is CPU time of a request: requests a second change with what else the host does.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import unikernel
from unikernel.model.exploration.settings import key
from unikernel.model.exploration.tuned import scatter
from unikernel.model.measurement import Measurement, Measurements

from .tools.programs import REPORT
from .tools.report import Least, Limit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from unikernel.exploration.sweep import Sweep
    from unikernel.exploration.tuning.tune import Tuning

METRIC = "http.cpu"
SAMPLES, AT_MOST, SEEDS = 3, 40, range(5)
AXES: dict[str, list[object]] = {
    "minor_kwords": [8, 32, 128, 512, 1024],
    "space_overhead": [30, 60, 90, 120, 160],
    "send_kib": [4, 16, 64, 256],
    "receive_kib": [16, 64],
}
QUESTION: dict[str, Any] = {
    "target": "unix",
    "packages": ["mirage-stack-unikernel", "unikernel-apps.http"],
    "memory_mib": 64,
    "environment": {"OCAMLRUNPARAM": "s={{minor_kwords}}k,o={{space_overhead}}"},
    "arguments": ["--tcp-send-buffer={{send_kib}}", "--tcp-receive-buffer={{receive_kib}}"],
    "connections": 8,
    "seconds": 1,
}
CLAIMS = (Least("found", len(SEEDS)), Limit("measurements", AT_MOST))


def run(folder: Path) -> Measurements:
    """Measure all settings, then tune; each goes on from its journal in `folder`."""
    truth = unikernel.sweep(
        *("http", REPORT, AXES),
        repeat=SAMPLES,
        file=folder / "tune-all.jsonl",
        progress=_progress(),
        **QUESTION,
    )
    (folder / "tune-all.txt").write_text(f"{truth.table(len(truth.points))}\n", encoding="utf-8")
    rows = _of_all(truth)
    for seed in SEEDS:
        found = unikernel.tune(
            *("http", REPORT, AXES),
            metric=METRIC,
            at_most=AT_MOST,
            seed=seed,
            file=folder / f"tune-{seed}.jsonl",
            progress=_progress(),
            **QUESTION,
        )
        (folder / f"tune-{seed}.txt").write_text(f"{found}\n", encoding="utf-8")
        rows += _judged(truth, found, seed)
    return Measurements([*rows, _row("found", sum(r.value for r in rows if r.metric == "as-good"))])


def medians(truth: Sweep) -> dict[object, float]:
    """Return the median of each setting that never failed."""
    return {
        key(point.settings): point.median(METRIC)
        for point in truth.points
        if not point.failures and point.samples(METRIC)
    }


def noise(truth: Sweep) -> float:
    """Return how much one measurement is off, relative to its setting's mean."""
    return scatter([point.samples(METRIC) for point in truth.points])


def _of_all(truth: Sweep) -> list[Measurement]:
    values = sorted(medians(truth).values())
    within = values[0] * (1 + noise(truth))
    return [
        _row("all.best", values[0], "µs"),
        _row("all.median", values[len(values) // 2], "µs"),
        _row("all.worst", values[-1], "µs"),
        _row("all.noise", noise(truth) * 100, "%"),
        _row("all.as-good", sum(value <= within for value in values)),
        _row("all.failed", len(truth.points) - len(values)),
    ]


def _judged(truth: Sweep, found: Tuning, seed: int) -> list[Measurement]:
    """Return how good the chosen setting is by what was measured of all."""
    known = medians(truth)
    chosen = known.get(key(found.best.settings), float("inf"))
    best = min(known.values())
    return [
        _row("chosen", chosen, "µs", seed),
        _row("off", (chosen / best - 1) * 100, "%", seed),
        _row("as-good", chosen <= best * (1 + noise(truth)), "", seed),
        _row("measurements", len(found.trials), "", seed),
    ]


def _row(metric: str, value: float, unit: str = "", seed: int = 0) -> Measurement:
    return Measurement(metric, float(value), unit, {"target": "unix"}, seed)


def _progress() -> Callable[[str, int, int], None]:
    def tell(what: str, done: int, total: int) -> None:
        print(f"\r{what}: {done} of {total}", end="\n" if done == total else "", file=sys.stderr)

    return tell
