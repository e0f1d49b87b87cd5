"""The cell that boots: how it shows its guest, and how long it waits for it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from unikernel.errors import WrongState
from unikernel.render.live_console import Follower, Screen

if TYPE_CHECKING:
    from unikernel.machines import Machine

    from .streaming import Stream

FIRST_OUTPUT_S = 5.0
FOLLOW_S = 1.0
SETTLE_S = 0.2  # in which more output follows the first
ANEW = 4  # times the cost of text in a terminal: a page cleans and lays out the whole picture


def print_console(machine: Machine, wait_s: float | None, stream: Stream) -> None:
    """Print what the machine writes, for as long as `follow` waits."""
    with contextlib.suppress(KeyboardInterrupt):
        if wait_s is None:
            machine.settle(_unless_paused(machine, FIRST_OUTPUT_S))
            wait_s = _unless_paused(machine, FOLLOW_S)
        stream.follow(machine, wait_s)
        machine.wait_for_core()
    stream.close()


def follow(machine: Machine, wait_s: float | None, handle: Any) -> None:
    """Show the console in this cell, live, even after the cell has ended.

    `handle` is an output of it that can be shown and updated.

    Returns after `wait_s`; without, a second after the guest is ready; with the guest's end or
    Ctrl-C in any case. A guest that has crashed and whose core is asked for is waited for. Some
    front ends, as `jupyter console`, never redraw: what is shown first waits for the first output.
    """
    output = LiveOutput(handle)
    follower = Follower(machine, output.redraw)
    with contextlib.suppress(KeyboardInterrupt):
        first_s = _unless_paused(machine, FOLLOW_S if wait_s is None else min(FOLLOW_S, wait_s))
        if first_s and follower.has_output.wait(first_s):
            _wait(machine, SETTLE_S)
        output.show(Screen.of(machine))
        if wait_s is None:
            machine.settle(_unless_paused(machine, FIRST_OUTPUT_S - FOLLOW_S))
            wait_s = _unless_paused(machine, FOLLOW_S)
        _wait(machine, wait_s)
        machine.wait_for_core()
    output.show(Screen.of(machine))
    follower.redraw()


def _wait(machine: Machine, wait_s: float) -> None:
    with contextlib.suppress(WrongState):
        machine.wait(wait_s)


def _unless_paused(machine: Machine, span_s: float) -> float:
    return 0.0 if machine.spec.paused else span_s


class LiveOutput:
    """An output of this cell for the screens of a machine; nothing, until one is shown."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._shown = False

    def show(self, screen: Screen) -> None:
        """Show the first screen, in the cell that runs; a later one counts for nothing."""
        if not self._shown:
            self._handle.display(screen.bundle(), raw=True)
            self._shown = True

    def redraw(self, screen: Screen) -> int:
        """Show the next screen in place of the last; return what that costs, in characters."""
        bundle = screen.bundle()
        if self._shown:
            self._handle.update(bundle, raw=True)
        return ANEW * sum(map(len, bundle.values()))
