"""Work: what a student's notebook has made so far, as a check may use it.

Only this session's images and machines count: others' of the same name lie in the same cache, and
an exercise that was not done must not be right because somebody else did it.
"""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import unikernel_toolchain as toolchain
from unikernel import images, programs
from unikernel.errors import BootFailed, NotYet, WrongState
from unikernel.machines import registry
from unikernel.machines.boot import unlisted
from unikernel.machines.prepare import prepare
from unikernel.machines.qemu import hypervisor
from unikernel.model.spec import Spec
from unikernel.model.targets import TARGETS
from unikernel_toolchain.model import typed
from unikernel_toolchain.model.config import DEFAULT_TARGET
from unikernel_toolchain.tools import locate

from .time_limits import TookTooLong, time_limit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from unikernel.machines import Machine
    from unikernel.model.state import Exit
    from unikernel_toolchain.model.image import Image

T = TypeVar("T")
RUN_S = 30.0  # a guest that emulates a busy host's share of one CPU says a line within a second
CALL_S = 60.0  # a student's function; those that boot machines do so a dozen times
SAID = 1000  # characters of what a guest said that are shown


@dataclass(frozen=True)
class Run:
    """How a guest that was run to its end ended, and what it said."""

    exit: Exit
    text: str

    @property
    def lines(self) -> list[str]:
        """What it said, line by line."""
        return self.text.splitlines()


class Work:
    """A student's images, machines and variables, and ways to try them."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        """`names` are the notebook's variables."""
        self._names = names

    @property
    def target(self) -> str:
        """The target of builds in this notebook that name none."""
        magics = magics_of(self._names)
        return str(magics.target) if magics else DEFAULT_TARGET

    def value(self, name: str, kind: type[T]) -> T:
        """Return the notebook's variable of that name and kind. Raises NotYet."""
        if name not in self._names:
            raise NotYet(
                f"The variable {name} is not there.",
                hint="Run the cell that sets it, then this one again.",
            )
        value = self._names[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise NotYet(f"{name} should be of type {kind.__name__}; it is {typed.brief(value)}.")
        return value

    def word(self, name: str) -> str:
        """Return the notebook's variable of that name, a word, as one writes it. Raises NotYet."""
        return self.value(name, str).strip().lower()

    def number(self, name: str) -> float:
        """Return the notebook's variable of that name, which is a number. Raises NotYet."""
        if isinstance(self._names.get(name), int):
            return self.value(name, int)
        return self.value(name, float)

    def call(self, name: str, *arguments: object, **named: object) -> Any:
        """Return what the notebook's function of that name answers.

        Raises NotYet if it raises, or has not answered after CALL_S.
        """
        if not callable(function := self._names.get(name)):
            raise NotYet(f"There is no function {name}.", hint="Run the cell that defines it.")
        shown = ", ".join(
            [*map(typed.brief, arguments)]
            + [f"{key}={typed.brief(value)}" for key, value in named.items()]
        )
        try:
            with time_limit(CALL_S):
                return function(*arguments, **named)
        except NotImplementedError:
            raise NotYet(f"The function {name} is still to be written.") from None
        except TookTooLong:
            raise NotYet(
                f"{name}({shown}) has not answered after {CALL_S:g} s.",
                hint="Does each of its loops come to an end?",
            ) from None
        except (Exception, SystemExit) as problem:
            raise NotYet(f"{name}({shown}) raised {type(problem).__name__}: {problem}") from problem

    def image(self, name: str) -> Image:
        """Return the image of that name that this notebook has built. Raises NotYet."""
        for image in images.images():
            if image.name == name:
                return image
        raise NotYet(
            f"There is no image {name!r} in this session.",
            hint=f"Run the cell that begins with %%unikernel build {name}, and read what it says.",
        )

    def machine(self, name: str) -> Machine:
        """Return the machine of that name that this notebook has booted. Raises NotYet."""
        for machine in registry.machines():
            if machine.name == name:
                return machine
        raise NotYet(
            f"No machine {name!r} was booted in this session.",
            hint=f"Boot it: %unikernel boot {name}",
        )

    @contextmanager
    def booted(self, image: Image, **spec: Any) -> Iterator[Machine]:
        """Boot an image afresh while the block runs; no list shows the machine.

        `spec` are the fields of Spec. Raises NotYet where the image does not fit into the memory.
        """
        try:
            launch = prepare(image, f"check of {image.name}", Spec(**spec))
        except BootFailed as problem:
            raise NotYet(problem.what, hint=problem.hint, detail=problem.detail) from problem
        with unlisted(launch) as machine:
            yield machine

    def run(self, image: Image, *, timeout_s: float = RUN_S, **spec: Any) -> Run:
        """Boot an image afresh, wait for its end, and return how it ended and what it said.

        `spec` are the fields of Spec. Raises NotYet when it has not ended after `timeout_s`.
        """
        with self.booted(image, **spec) as machine:
            return self.ended(machine, timeout_s=timeout_s)

    def ended(self, machine: Machine, *, timeout_s: float = RUN_S) -> Run:
        """Wait for a machine's end; return how it ended and what it said.

        Raises NotYet when it has not ended after `timeout_s`.
        """
        try:
            ended = machine.wait(timeout_s)
        except WrongState:
            raise NotYet(
                f"{machine.image.name} has not ended within {timeout_s:g} s.",
                detail=machine.console.last_lines(),
                hint="It should end by itself. What does it wait for, or go on doing?",
            ) from None
        return Run(ended, machine.console.text)

    def build(self, source: str, target: str, **choices: Any) -> Image:
        """Build a program to compare with; no name of the student's comes to mean it.

        `choices` are those of `uk.build`.
        """
        return toolchain.build(programs.request(source, name="compared", target=target, **choices))

    def can_run(self, target: str) -> bool:
        """Say whether guests for `target` run on this computer."""
        return not TARGETS[target].hypervisor or locate.find(hypervisor.PROGRAM) is not None

    def expect_lines(self, run: Run, lines: Sequence[str], words: Sequence[str] = ()) -> None:
        """Raise NotYet unless a guest, booted with `words`, has said these lines and no others."""
        if run.lines == list(lines):
            return
        booted = f"Booted with {' '.join(words)}, it" if words else "It"
        raise NotYet(
            f"{booted} should say:\n{chr(10).join(lines)}",
            detail=f"it said:\n{run.text[-SAID:] or '(nothing)'}",
            hint="" if run.exit.ok else f"Its end: {run.exit}.",
        )


def names_of_caller() -> Mapping[str, Any]:
    """Return the variables of who called the course: of the notebook, where that is a cell."""
    frame = inspect.currentframe()
    while frame and str(frame.f_globals.get("__name__")).startswith("unikernel."):
        frame = frame.f_back
    return frame.f_globals if frame else {}


def magics_of(names: Mapping[str, Any]) -> Any:
    """Return the notebook's `%unikernel` with its settings; None outside IPython or unloaded."""
    shell = names["get_ipython"]() if "get_ipython" in names else None
    return shell.magics_manager.registry.get("UnikernelMagics") if shell else None
