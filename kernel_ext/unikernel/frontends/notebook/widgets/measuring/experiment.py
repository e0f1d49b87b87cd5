"""One measurement after the other of the same image, each with other choices, and all in one plot.

    idle ── begin ──▶ measuring ── done, failed or stopped ──▶ idle

A measurement runs in a thread of its own, so that a button's callback, which may come on any
thread, returns at once; there is one at a time in a process, since two would disturb each other.
`stop` ends it where it next says how far it is.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from unikernel import api, measure, plots
from unikernel.errors import UnikernelError
from unikernel_toolchain.errors import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from unikernel.model.measurement import Measurement, Measurements
    from unikernel_toolchain.model.image import Image

KEPT = 4  # measurements that are compared
THREAD_NAME = "unikernel-experiment"
_measuring = threading.Lock()


class _StoppedError(Exception):
    """Somebody pressed the button."""


class Experiment:
    """Measures `what` of an image and plots it beside the measurements before.

    `show(plot)` is called with each plot in the place of the last, `tell(text, busy)` with how it
    goes; both on a thread of the experiment's own.
    """

    def __init__(
        self,
        what: str,
        image: Image,
        show: Callable[[object], None],
        tell: Callable[[str, bool], None],
    ) -> None:
        self._what = what
        self._image = image
        self._show = show
        self._tell = tell
        self._kept: list[Measurements] = []
        self._count = 0
        self._stop = threading.Event()

    def begin(self, choices: Mapping[str, Any], target: str) -> None:
        """Measure with these choices, on this target; one that runs already goes on instead."""
        if not _measuring.acquire(blocking=False):
            self._tell("A measurement runs already: wait for it, or stop it.", True)
            return
        self._stop.clear()
        work = (choices, target)
        threading.Thread(target=self._run, args=work, name=THREAD_NAME, daemon=True).start()

    def stop(self) -> None:
        """End the measurement at its next step."""
        self._stop.set()

    def forget(self) -> None:
        """Compare with nothing that was measured until now."""
        self._kept.clear()

    def _run(self, choices: Mapping[str, Any], target: str) -> None:
        said = "Done."
        try:
            self._tell(f"Measuring {self._what} …", True)
            rows = self._measured(choices, target)
            self._count += 1
            rows = plots.series.marked(rows, plots.series.RUN, f"run {self._count}")
            self._kept = [*self._kept, rows][-KEPT:]
            self._show(plots.PLOTS[self._what](self._kept))
        except _StoppedError:
            said = "Stopped; nothing of it is kept."
        except (UnikernelError, ToolchainError) as problem:
            said = str(problem)
        finally:
            _measuring.release()
            self._tell(said, False)

    def _measured(self, choices: Mapping[str, Any], target: str) -> Measurements:
        image = api.for_target(self._image, target, progress=self._progress)
        live = plots.LivePlot(self._what, self._show)

        def watch(rows: Sequence[Measurement]) -> None:
            self._go_on()
            live.watch(rows)

        take = getattr(measure, self._what)
        rows: Measurements = take(image, progress=self._progress, watch=watch, **choices)
        return rows

    def _progress(self, what: str, done: int, total: int) -> None:
        self._go_on()
        self._tell(f"{what}: {done} of {total}", True)

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise _StoppedError
