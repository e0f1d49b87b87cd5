"""A lab's last cell: which exercises are right, and what to look at in those that are not yet."""

from __future__ import annotations

import textwrap
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unikernel.errors import NotYet, UnikernelError
from unikernel.model.calls.arguments import checked
from unikernel.render.results import Result
from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.messages.visible import visible_lines

from .exercises import exercise_of, exercises
from .work import Work, names_of_caller

if TYPE_CHECKING:
    from .exercises import Exercise

# What is shown of what is said of an exercise; some of it is a guest's.
SHOWN, LINES, LINE = 20_000, 8, 300
WIDTH, INDENT = 92, "    "


@dataclass(frozen=True, repr=False)
class Passed(Result):
    """What a check answers when all is right."""

    lab: str
    exercises: int
    took_s: float

    def __str__(self) -> str:
        many = "the exercise is" if self.exercises == 1 else f"all {self.exercises} exercises are"
        return f"Lab {self.lab}: {many} right (checked in {self.took_s:.1f} s)."


@checked
def check(lab: str, exercise: int | None = None) -> Passed:
    """Check the work that this notebook has done on a lab, all of it or one exercise.

    Says of each exercise whether it is right, and of one that is not yet what to look at. Machines
    that it boots to see what the student's images do are its own, and gone afterwards. Raises
    NotYet when something is missing, and UsageError when there is no such lab or exercise.
    """
    _require_in_place()
    asked = exercises(lab) if exercise is None else (exercise_of(lab, exercise),)
    work = Work(names_of_caller())
    began_s = time.monotonic()
    try:
        missing = [one for one in asked if not _is_right(one, work)]
    except KeyboardInterrupt as interrupt:
        told = ["KeyboardInterrupt: what is said above holds. The check's machines are gone."]
        interrupt._render_traceback_ = lambda: told  # type: ignore[attr-defined]
        raise
    if missing:
        right = len(asked) - len(missing)
        what = f"Lab {lab}: {right} of {len(asked)} exercises are right."
        if exercise is not None:
            what = f"Lab {lab}, exercise {exercise}: {missing[0].title} is not done yet."
        raise NotYet(what, hint="Go on where it says “not yet”, then run this cell again.")
    return Passed(lab, len(asked), time.monotonic() - began_s)


def _require_in_place() -> None:
    """Raise NotYet where the notebook has put something else in the place of `check`."""
    from unikernel import course

    if course.check is not check:
        raise NotYet(
            "This notebook has put something of its own in the place of uk.course.check.",
            hint="Take that out, and run the notebook from the top in a fresh kernel.",
        )


def _is_right(exercise: Exercise, work: Work) -> bool:
    """Check an exercise, and say how it stands as soon as that is known."""
    heading = f"{exercise.number}. {exercise.title}"
    try:
        exercise.checking(work)
    except NotYet as missing:
        _say(f"✗ {heading}: not yet. {missing.what}", missing.detail, missing.hint)
    except (UnikernelError, ToolchainError) as problem:
        _say(f"✗ {heading}: not yet. {problem.what}", problem.detail, problem.hint)
    except KeyboardInterrupt:
        _say(f"✗ {heading}: not yet. The check was interrupted before it knew.")
        raise
    else:
        _say(f"✓ {heading}: right.")
        return True
    return False


def _say(what: str, detail: str = "", hint: str = "") -> None:
    """Print what there is to say of an exercise: a guest's words in few lines, and harmless."""
    first, *others = _wrapped(_cut(what)).splitlines()
    print(first)
    parts = ("\n".join(others), _cut(detail), _wrapped(f"Hint: {hint}") if hint else "")
    for part in filter(None, parts):
        print(textwrap.indent(part, INDENT))


def _cut(text: str) -> str:
    lines = [line[:LINE] for line in visible_lines(text[:SHOWN]).strip("\n").splitlines()]
    if len(lines) > LINES + 1:
        lines[LINES:] = [f"… and {len(lines) - LINES} lines more"]
    return "\n".join(lines)


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.fill(line, WIDTH) for line in text.splitlines())
