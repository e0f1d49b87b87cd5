"""Call: a command with its surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from unikernel import display
from unikernel.results import Transcript

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from unikernel.machines import Machine


@dataclass(frozen=True)
class Views:
    """How a front shows a machine that lives on.

    `live()` returns what shows a value in one place, the next instead of the last; None where
    nothing can be redrawn.
    """

    console: Callable[[Machine], object]
    panel: Callable[[Machine], object]
    live: Callable[[], Callable[[object], None]] | None = None


PLAIN_VIEWS = Views(lambda machine: Transcript(machine.console.text), lambda machine: machine)


@dataclass(frozen=True)
class Call:
    """A command with its surroundings.

    `cell` is the body of a notebook cell. `progress(what, done, total)` hears of long steps.
    `prompt` is how the reader types commands, `views` how this front shows live machines.
    """

    options: Namespace
    cell: str | None = None
    progress: Callable[[str, int, int], None] | None = None
    prompt: str = display.NOTEBOOK
    views: Views = PLAIN_VIEWS
