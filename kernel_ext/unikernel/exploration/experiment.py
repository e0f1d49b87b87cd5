"""An experiment: a question, who measures, and the journal of what was measured.

A sweep takes all points of a grid through it, tuning those that it chooses; either asks for runs
and gets their records, from the journal where they are there. Images are built once, by the caller.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from unikernel.errors import UsageError
from unikernel.model.exploration.points import Stage
from unikernel.model.exploration.settings import Settings, axes_of
from unikernel_toolchain.errors import BadRequest, BuildInterrupted, CompileError, ToolchainError
from unikernel_toolchain.messages.user_facing_error import UserFacingError
from unikernel_toolchain.model.image import Image

from . import executors, records, shipping, worker
from .executors import Job, Pool, Record
from .journal import Journal
from .known import Known
from .measurements import kind_of
from .programs import program_of
from .question import Question, substituted
from .schedule import Run

PATIENCE_S = 600.0
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Recipe:
    """How an image is built: with which options of build, and what each parameter stands for.

    Equal names are equal images.
    """

    name: str
    options: Mapping[str, Any]
    put: Mapping[str, str]


@dataclass
class Experiment:
    """A question under way. `open` makes one; it holds its journal until `close`."""

    question: Question
    pool: Pool
    journal: Journal
    warm_ups: int
    token: str = field(default_factory=partial(secrets.token_hex, 8))
    _built: dict[str, Image | Record] = field(default_factory=dict)
    known: Known = field(default_factory=Known)

    def __post_init__(self) -> None:
        self.known.keep(self.journal.records)

    def know(self, before: Sequence[Record]) -> None:
        """Take over the records of an earlier call that had no file."""
        self.journal.records += before
        self.known.keep(before)

    def build(self, points: Iterable[Settings], progress: Progress | None = None) -> None:
        """Build the images of these points before anything is measured: compilers disturb."""
        recipes = map(self._recipe, points)
        images = {recipe.name: recipe for recipe in recipes if isinstance(recipe, Recipe)}
        lacking = [recipe for name, recipe in images.items() if name not in self._built]
        for number, recipe in enumerate(lacking):
            if progress:
                progress("building images", number, len(lacking))
            self._made(recipe)

    def records(self, runs: Iterable[Run]) -> Iterator[tuple[Run, Record]]:
        """Yield the record of each run that is not known yet, as they end; each is journalled.

        What cannot be built, or has failed GIVE_UP times, is not measured any more.
        Raises JournalUnwritable and ExecutorFailed; what was yielded before is known.
        """
        unbuilt: list[tuple[Run, Record]] = []
        jobs = self._jobs(runs, unbuilt)
        for run, record in self.pool.records(jobs):
            while unbuilt:
                yield self._journalled(*unbuilt.pop(0))
            yield self._journalled(run, record)
        while unbuilt:
            yield self._journalled(*unbuilt.pop(0))

    def _journalled(self, run: Run, record: Record) -> tuple[Run, Record]:
        whole = {"run": run.record(), **record}
        self.known.keep([whole])
        self.journal.append(whole)
        return run, whole

    def _jobs(self, runs: Iterable[Run], unbuilt: list[tuple[Run, Record]]) -> Iterator[Job]:
        for run in runs:
            if self.known.is_done(run):
                continue
            job = self._job(run)
            if isinstance(job, Job):
                yield job
            elif not any(other.settings == run.settings for other, _ in unbuilt):
                unbuilt.append((run, job))

    def _job(self, run: Run) -> Job | Record:
        """Return what is handed over to have a run taken, or the record of why it cannot be."""
        image = self._image(run.settings)
        if not isinstance(image, Image):
            return image
        try:
            task = {
                "version": worker.release(),
                "image": image if self.pool.is_here else shipping.reference(image),
                "settings": self.question.measurement_settings(run.settings),
                "warm_ups": self.warm_ups,
                "sweep": self.token,
                "run": run.record(),  # which makes equal tasks different ones
            }
        except UserFacingError as error:
            return self._unbuilt(error)
        return Job(run, image, task)

    def _image(self, settings: Settings) -> Image | Record:
        """Return the image of a point, or the record of why there is none."""
        recipe = self._recipe(settings)
        return self._made(recipe) if isinstance(recipe, Recipe) else recipe

    def _recipe(self, settings: Settings) -> Recipe | Record:
        """Return how the image of a point is built, or the record of why it cannot be."""
        question = self.question
        try:
            options, put = question.build_settings(settings), question.substitutions(settings)
        except UserFacingError as error:
            return self._unbuilt(error)
        in_program = {name: text for name, text in put.items() if name in question.in_program}
        name = json.dumps([options, in_program], default=str, sort_keys=True)
        return Recipe(name, options, put)

    def _made(self, recipe: Recipe) -> Image | Record:
        """Return the image that a recipe makes, built once, or the record of why there is none."""
        if recipe.name not in self._built:
            put = partial(substituted, put=recipe.put)
            try:
                self._built[recipe.name] = self.question.program.at(recipe.options, put)
            except BuildInterrupted:
                raise
            except UserFacingError as error:
                if _is_no_fault_of_the_program(error):
                    raise
                self._built[recipe.name] = self._unbuilt(error)
        return self._built[recipe.name]

    def _unbuilt(self, error: UserFacingError) -> Record:
        """Return the record of a point that cannot be tried at all."""
        stage: Stage = "request" if isinstance(error, UsageError | BadRequest) else "build"
        what, hint, question = error.what, error.hint, self.question
        missing = sorted(question.in_program - question.axes.keys() - question.fixed.keys())
        if isinstance(error, CompileError) and missing:
            places = ", ".join(f"{{{{{name}}}}}" for name in missing)
            what = f"Nothing sets {places} of the program. {what}"
            hint = f"{hint} In Python {missing[0]}=…, in a command --set {missing[0]}=….".strip()
        told = records.failure(stage, what, detail=error.detail, hint=hint)
        return {"worker": worker.name(), "at_s": round(time.time(), 6), **told}

    def close(self) -> None:
        """Let go of the journal."""
        self.journal.close()


def _is_no_fault_of_the_program(error: UserFacingError) -> bool:
    """Whether the system refused what a build needs: a full disk would fail every other one, too.

    Compilers and linkers tell of it in words of their own.
    """
    told = os.strerror(errno.ENOSPC)
    refused = type(error) is ToolchainError and isinstance(error.__cause__, OSError)
    return refused or told in error.detail or told in error.what


def experiment(
    what: object,
    subject: object,
    axes: Mapping[str, Iterable[object]],
    fixed: Settings,
    *,
    file: str | Path | None,
    executor: Executor | None,
    warm_ups: int,
    more: Mapping[str, object],
    patience_s: float = PATIENCE_S,
    first_line: int = 1,
) -> Experiment:
    """Open an experiment; `more` is what tells its question from others besides.

    Raises UsageError and what else reading the request raises.
    """
    kind = kind_of(what)
    question = Question(kind, program_of(subject, first_line), axes_of(axes), fixed)
    pool = Pool(executors.checked(executor), kind.what, patience_s)
    warm_ups = 0 if kind.is_steady else warm_ups
    identity = {**question.identity(), "warm_ups": warm_ups, **more}
    return Experiment(question, pool, Journal(file, identity), warm_ups)
