"""Which garbage collector and which buffers of TCP suit an HTTP server: the best of 200 settings.

The server makes a report for each request from a table that it keeps, renews a part of that, and
sends it row by row. All settings are measured for a second, SAMPLES times each; then uk.tune looks
for the best with AT_MOST measurements, by SEEDS. Of 200 noisy medians the least is too low by
chance. So the best of all and those that were chosen are measured again, in turns, and judged by
these figures alone: a setting is found that is no worse than the best by more than one measurement
is off.

The metric is CPU time of a request: requests a second change with what else the host does.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import unikernel
from unikernel.exploration.question import substituted
from unikernel.model.exploration.best import scatter
from unikernel.model.measurement import Measurement, Measurements

from .tools.programs import REPORT
from .tools.report import Least, Limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from unikernel.exploration.sweep import Sweep
    from unikernel.exploration.tuning.tune import Tuning
    from unikernel.model.exploration.points import Point
    from unikernel_toolchain.model.image import Image

METRIC = "http.cpu"
SAMPLES, AT_MOST, SEEDS = 3, 40, range(5)
CONTENDERS, ROUNDS = 8, 5  # the best of all, and how often they are measured again
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
    "seconds": 3,
}
CLAIMS = (Least("found", len(SEEDS)), Limit("measurements", AT_MOST))


def run(folder: Path) -> Measurements:
    """Measure all settings, then tune; each goes on from its journal in `folder`."""
    truth = unikernel.sweep(
        *("http", REPORT, AXES),
        repeat=SAMPLES,
        file=folder / "tune-all.jsonl",
        progress=_progress(),
        **{**QUESTION, "seconds": 1},
    )
    (folder / "tune-all.txt").write_text(f"{truth.table(len(truth.points))}\n", encoding="utf-8")
    chosen = [_tuned(folder, seed) for seed in SEEDS]
    again = unikernel.sweep(
        *(at, REPORT, {"setting": contenders(truth, chosen)}),
        target=QUESTION["target"],
        packages=QUESTION["packages"],
        repeat=ROUNDS,
        file=folder / "tune-again.jsonl",
        progress=_progress(),
    )
    (folder / "tune-again.txt").write_text(f"{again}\n", encoding="utf-8")
    return Measurements([*_of_all(truth), *_judged(again, chosen)])


def _tuned(folder: Path, seed: int) -> Tuning:
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
    return found


def at(image: Image, *, setting: str) -> Measurements:
    """Measure the server at a setting, its values in the order of the axes."""
    put = dict(zip(AXES, setting.split(), strict=True))
    asked = {name: value for name, value in QUESTION.items() if name not in ("target", "packages")}
    return unikernel.measure.http(image, repeat=1, **substituted(asked, put))


def contenders(truth: Sweep, chosen: Sequence[Tuning]) -> list[str]:
    """Return the best settings of all and those that were chosen, each once."""
    values = medians(truth)
    best = [place for place, _ in sorted(values.items(), key=lambda one: one[1])][:CONTENDERS]
    return list(dict.fromkeys([*best, *(words(found.best()) for found in chosen)]))


def words(point: Point) -> str:
    """Return a setting in words: its values in the order of the axes."""
    return " ".join(str(point.settings[name]) for name in AXES)


def medians(truth: Sweep) -> dict[str, float]:
    """Return the median of each setting that never failed."""
    return {
        words(point): point.median(METRIC)
        for point in truth.points
        if not point.failures and point.samples(METRIC)
    }


def noise(points: Iterable[Point]) -> float:
    """Return how much one measurement is off, relative to its setting's mean."""
    return scatter([point.samples(METRIC) for point in points])


def _of_all(truth: Sweep) -> list[Measurement]:
    values = sorted(medians(truth).values())
    off = noise(truth.points)
    return [
        _row("all.best", values[0], "µs"),
        _row("all.median", values[len(values) // 2], "µs"),
        _row("all.worst", values[-1], "µs"),
        _row("all.noise", off * 100, "%"),
        _row("all.as-good", sum(value <= values[0] * (1 + off) for value in values)),
        _row("all.failed", len(truth.points) - len(values)),
    ]


def _judged(again: Sweep, chosen: Sequence[Tuning]) -> list[Measurement]:
    """Return how good the chosen settings are by what was measured last."""
    known = {str(p.settings["setting"]): p.median(METRIC) for p in again.points if not p.failures}
    best, off = min(known.values()), noise(again.points)
    values = [known.get(words(found.best()), float("inf")) for found in chosen]
    rows = [
        row
        for seed, (found, value) in enumerate(zip(chosen, values, strict=True))
        for row in (
            _row("chosen", value, "µs", seed),
            _row("off", (value / best - 1) * 100, "%", seed),
            _row("measurements", len(found.trials), "", seed),
        )
    ]
    found_it = sum(value <= best * (1 + off) for value in values)
    return [*rows, _row("noise", off * 100, "%"), _row("best", best, "µs"), _row("found", found_it)]


def _row(metric: str, value: float, unit: str = "", seed: int = 0) -> Measurement:
    return Measurement(metric, float(value), unit, {"target": "unix"}, seed)


def _progress() -> Callable[[str, int, int], None]:
    def tell(what: str, done: int, total: int) -> None:
        print(f"\r{what}: {done} of {total}", end="\n" if done == total else "", file=sys.stderr)

    return tell
