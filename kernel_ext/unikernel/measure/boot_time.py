"""How long a boot takes, phase by phase."""

from __future__ import annotations

import logging
import re
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from unikernel.errors import MeasurementFailed, WrongState
from unikernel.guest.timeline import BootTimeline
from unikernel.machines.boot import unlisted
from unikernel.machines.core.launch import Launch
from unikernel.machines.core.machine import Machine
from unikernel.machines.prepare import prepare
from unikernel.model.measurement import Measurement, Measurements, Scalar
from unikernel.model.spec import Spec
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model.image import Image

Progress = Callable[[str, int, int], None]
Watch = Callable[[Sequence[Measurement]], None]

LINE_TIME_S = 30.0  # in which a guest says its first line
SILENCE_S = 5.0  # in which one does that has started and waits
WARM_UPS = 1  # boots before the first that counts: they fill the host's page cache
ENDING_TIME_S = 10.0  # in which one ends that has said it does
DEATH_LINES = 8  # of what it says then: why, and where
# What a guest says first that dies before it is ready: OCaml's runtime, or the base.
_DYING = re.compile(r"Fatal error: |unikernel: |Of a backtrace of ")
_log = logging.getLogger(__name__)


def boot(
    image: Image,
    /,
    *,
    repeat: int = 10,
    warm_ups: int = WARM_UPS,
    timeout_s: float = LINE_TIME_S,
    silence_s: float = SILENCE_S,
    progress: Progress | None = None,
    watch: Watch | None = None,
    **choices: Any,
) -> Measurements:
    """Boot fresh machines one after the other and time each up to its first console line.

    Returns `repeat` samples of "boot.total" and of "boot.<phase>" for every phase, in ms of wall
    time; a sample's phases add up to its total. Stamps of the guest that cannot be are left out,
    which is logged. `warm_ups` boots go before and are not returned.
    `choices` are the fields of Spec. `progress(what, done, total)` is called after every boot,
    `watch(rows)` with the rows so far.

    Raises MeasurementFailed when a guest ends without a line or says none in `timeout_s`, or in
    `silence_s` once it has started and waits, or when its first line is of its death; and what
    `boot` raises.
    """
    launch = prepare(image, None, Spec(**choices))
    if launch.spec.paused:
        raise MeasurementFailed("A machine that starts paused has no boot time.")
    rows: list[Measurement] = []
    warnings = set[str]()
    for sample in range(-warm_ups, repeat):
        taken, warning = _one(launch, timeout_s, silence_s, sample)
        if sample >= 0:
            rows += taken
            if watch:
                watch(rows)
        warnings |= {warning} - {""}
        if progress:
            progress(f"booting {launch.image.name}", sample + warm_ups + 1, repeat + warm_ups)
    for warning in sorted(warnings):
        _log.warning("Boots of %s: %s", launch.image.name, warning)
    return Measurements(rows)


def _one(
    launch: Launch, timeout_s: float, silence_s: float, sample: int
) -> tuple[list[Measurement], str]:
    """Return a boot's rows, and what is doubtful about them."""
    began_s = time.monotonic()
    with unlisted(launch, "ready", timeout_s, silence_s) as machine:
        waited_s = min(time.monotonic() - began_s, timeout_s)
        _check_alive(machine)
    timeline = machine.timeline
    if timeline is None:
        raise _no_line(machine, waited_s)
    return list(_rows(timeline, machine.dimensions(), sample)), timeline.warning


def _check_alive(machine: Machine) -> None:
    """Raise MeasurementFailed when the first line is what a dying guest says, and it has died."""
    said = machine.console.lines()
    if not said or not _DYING.match(said[0]):
        return
    with suppress(WrongState):
        ended = machine.wait(timeout_s=ENDING_TIME_S)
        if not ended.ok:
            name, last_words = machine.image.name, visible(said[0][:120])
            raise MeasurementFailed(
                f"{name!r} died before it said a line of its own ({ended}): {last_words} "
                "A boot is timed up to that line.",
                detail="\n".join(machine.console.lines()[:DEATH_LINES]),
                hint=f"See what it does: %unikernel boot {shlex.quote(name)}",
            )


def _no_line(machine: Machine, waited_s: float) -> MeasurementFailed:
    name = machine.image.name
    return MeasurementFailed(
        f"A boot is timed up to the first line on the console, and {name!r} said none "
        f"within {waited_s:.2g} s ({machine.exit}).",
        detail=machine.console.last_lines(),
        hint='Let the program print one when it is ready, such as: print_endline "ready". '
        f"See what it does: %unikernel boot {shlex.quote(name)}",
    )


def _rows(
    timeline: BootTimeline, dimensions: Mapping[str, Scalar], sample: int
) -> Iterator[Measurement]:
    for phase in timeline.phases:
        yield Measurement(f"boot.{phase.name}", phase.duration_ms, "ms", dimensions, sample)
    yield Measurement("boot.total", timeline.total_ms, "ms", dimensions, sample)
