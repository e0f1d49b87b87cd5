"""Call: a command with its surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unikernel.render import display

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping

    from unikernel.machines import Machine
    from unikernel_toolchain.model.image import Image


@dataclass(frozen=True)
class Views:
    """How a front shows a machine that lives on.

    `live()` returns what shows a value in one place, the next instead of the last; None where
    nothing can be redrawn. `console` is None where it is printed; `panel(None)` is of all machines,
    and None where their list has to do. `sliders` is None where there are none.
    """

    console: Callable[[Machine], object] | None
    panel: Callable[[Machine | None], object]
    live: Callable[[], Callable[[object], None]] | None = None
    sliders: Callable[[str, Image, Mapping[str, Any]], object] | None = None


PLAIN_VIEWS = Views(None, lambda machine: machine)


@dataclass(frozen=True)
class Call:
    """A command with its surroundings.

    `cell` is the body of a notebook cell. `progress(what, done, total)` is called in long steps.
    `prompt` is how the reader types commands, `views` how this front shows live machines.
    `before(machine)` is called on the loop's thread with a machine of this process before its guest
    runs.
    """

    options: Namespace
    cell: str | None = None
    progress: Callable[[str, int, int], None] | None = None
    prompt: str = display.NOTEBOOK
    views: Views = PLAIN_VIEWS
    before: Callable[[Machine], None] | None = None
