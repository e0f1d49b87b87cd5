"""Optuna's part: which setting may be the best of all, and which axes decide that.

Its sampler is TPE (Bergstra et al. 2011), which asks where good settings are dense and bad ones are
not. It is made anew for each question, from what is known and a seed: so a tuning that was
interrupted goes on as one that was not, and two with one seed do the same.
"""

from __future__ import annotations

import contextlib
import logging
import math
import random
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unikernel.errors import PackageUnavailable
from unikernel.model.exploration.found import Goal

if TYPE_CHECKING:
    import optuna

Place = tuple[int, ...]  # a setting, by the number of its value on each axis
TRIES = 20  # of Optuna, to name a setting that is not known yet
GOOD = 0.15  # part of the settings that are known, near which others are looked for
FEWEST = 10  # settings from which importances are told: of fewer the best tenth is none


def check() -> None:
    """Raise PackageUnavailable where there is no Optuna."""
    try:
        import optuna  # noqa: F401
    except ImportError as problem:
        raise PackageUnavailable(
            "Tuning is Optuna's work, which is not installed.",
            hint="pip install 'jupyter-unikernel[tune]'",
        ) from problem


@dataclass(frozen=True)
class Optimiser:
    """What Optuna is asked about: axes by name with their values, the goal, a seed."""

    axes: Mapping[str, Sequence[object]]
    goal: Goal
    seed: int

    def suggest(
        self, values: Mapping[Place, float], bad: Collection[Place], unknown: Sequence[Place]
    ) -> Place:
        """Return which of the `unknown` places to measure.

        `values` are those of places measured, `bad` places without one: those that failed, and
        those that are being measured, next to which nobody is to look meanwhile.
        """
        number = len(values) + len(bad)
        import optuna

        with _quiet():
            # Each has a seed of its own: a sampler goes through its numbers in the same way.
            seed = random.Random(f"{self.seed} {number}").getrandbits(32)  # noqa: S311
            study = self._study(
                optuna.samplers.TPESampler(seed=seed, multivariate=True, gamma=_good)
            )
            self._tell(study, values, bad)
            wanted = set(unknown)
            for _ in range(TRIES):
                trial = study.ask(self._distributions())
                place = tuple(self._number(name, trial.params) for name in self.axes)
                if place in wanted:
                    return place
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return random.Random(seed).choice(unknown)  # noqa: S311

    def importances(self, values: Mapping[Place, float]) -> dict[str, float]:
        """Return how much each axis decides whether a setting is among the best, parts of 1."""
        telling = [name for name, each in self.axes.items() if len(each) > 1]
        if len(values) < FEWEST or len(set(values.values())) < 2 or len(telling) < 2:
            return {}
        import optuna

        with _quiet():
            study = self._study(optuna.samplers.RandomSampler(seed=self.seed))
            self._tell(study, values, ())
            evaluator = optuna.importance.PedAnovaImportanceEvaluator()
            found = optuna.importance.get_param_importances(
                study, evaluator=evaluator, params=telling
            )
        total = sum(found.values()) or 1.0
        return {name: part / total for name, part in sorted(found.items(), key=lambda one: -one[1])}

    def _study(self, sampler: optuna.samplers.BaseSampler) -> optuna.Study:
        import optuna

        return optuna.create_study(
            direction="maximize" if self.goal == "max" else "minimize", sampler=sampler
        )

    def _tell(
        self, study: optuna.Study, values: Mapping[Place, float], bad: Collection[Place]
    ) -> None:
        """Tell a study what is known: TPE goes by ranks, so bad ones are just behind the worst."""
        import optuna

        known = values.values() or (0.0,)
        worst = min(known) - 1 if self.goal == "max" else max(known) + 1
        for place, value in (*values.items(), *((place, worst) for place in bad)):
            study.add_trial(
                optuna.trial.create_trial(
                    value=value,
                    params=self._params(place),
                    distributions=self._distributions(),
                )
            )

    def _params(self, place: Place) -> dict[str, Any]:
        ranks = zip(self.axes, place, strict=True)
        return {name: self._rank(name)[number] for name, number in ranks}

    def _number(self, name: str, params: Mapping[str, Any]) -> int:
        return self._rank(name).index(params[name])

    def _rank(self, name: str) -> list[int]:
        """Return the rank of each value of an axis: numbers have neighbours, all else has none."""
        values: Any = self.axes[name]
        if not _are_numbers(values):
            return list(range(len(values)))
        order = sorted(values)
        return [order.index(value) for value in values]

    def _distributions(self) -> dict[str, optuna.distributions.BaseDistribution]:
        from optuna import distributions as kinds

        return {
            name: kinds.IntDistribution(0, len(values) - 1)
            if _are_numbers(values)
            else kinds.CategoricalDistribution(tuple(range(len(values))))
            for name, values in self.axes.items()
        }


def _good(known: int) -> int:
    """Return how many of the settings known are good ones: Optuna's tenth follows the noise."""
    return math.ceil(GOOD * known)


def _are_numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Have Optuna say nothing: what it tells of a study is told by us."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)
