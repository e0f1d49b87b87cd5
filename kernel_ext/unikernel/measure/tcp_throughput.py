"""How fast data goes to a guest and comes from it, as real iperf3 sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from unikernel.model.measurement import Measurement, Measurements, Scalar
from unikernel_toolchain.model.image import Image

from . import host_tool, iperf3
from .boot_time import Progress, Watch
from .iperf3 import Direction, Load
from .systems import System, dimensions_of, endpoint, systems_under_test

DIRECTIONS: tuple[Direction, ...] = ("in", "out")


def throughput(
    image: Image,
    /,
    *,
    seconds: float = 5.0,
    repeat: int = 3,
    directions: Iterable[Direction] = DIRECTIONS,
    streams: int = 1,
    protocol: Any = "tcp",
    window_kib: int | None = None,
    rate_mbit: int = 0,
    port: int = iperf3.PORT,
    baseline: str | None = None,
    progress: Progress | None = None,
    watch: Watch | None = None,
    **choices: Any,
) -> Measurements:
    """Measure an image that runs an iperf3 server, `repeat` times in a fresh machine each.

    Returns samples of "throughput.in" (to the guest) and "throughput.out" in MiB/s, and the
    intervals they are made of. With the baseline "linux", Linux takes turns with the image: as a
    guest, or beside a process as the host's own stack in a network namespace, which needs root. The
    dimension `system` tells them apart. `choices` are the fields of Spec; without a network it is a
    tap where one can be made. `progress(what, done, total)` is called with how far it is,
    `watch(rows)` with the rows so far, intervals of the run under way among them.

    Raises MeasurementFailed, BaselineUnavailable, PackageUnavailable and what booting
    raises.
    """
    load = Load(seconds, streams, protocol, window_kib, rate_mbit)
    systems = systems_under_test(image, "iperf3", port, baseline, choices)
    ways = tuple(directions)
    turns = [(sample, system) for sample in range(repeat) for system in systems]
    rows: list[Measurement] = []
    for number, (sample, system) in enumerate(turns):
        run = _Run(
            system=system,
            port=port,
            load=load,
            watch=watch,
            progress=progress,
            done=number * len(ways),
            total=len(turns) * len(ways),
            taken=rows,
        )
        run.measure(ways, sample)
    return Measurements(rows)


@dataclass(kw_only=True)
class _Run:
    """One boot of one system, measured in each direction."""

    system: System
    port: int
    load: Load
    watch: Watch | None
    progress: Progress | None
    done: int  # measurements before
    total: int
    taken: list[Measurement]  # of all runs, to which it adds its own

    def measure(self, directions: Iterable[Direction], sample: int) -> None:
        self._report_progress(f"booting {self.system.label}", 0.0)
        with self.system.running() as server:
            dimensions = dimensions_of(
                self.system,
                server,
                tool=f"iperf {host_tool.version(host_tool.find('iperf3'))}",
                streams=self.load.streams,
                protocol=self.load.protocol,
                window_kib=self.load.window_kib,
                seconds=self.load.seconds,
            )
            for way in directions:
                on_sample = self._sampler(way, dimensions, sample)
                report = iperf3.client(endpoint(server, self.port), way, self.load, on_sample)
                self.taken += iperf3.rows(report, way, dimensions, sample)
                self.done += 1

    def _sampler(
        self, way: Direction, dimensions: Mapping[str, Scalar], sample: int
    ) -> iperf3.Sample:
        passed: list[Measurement] = []

        def on_sample(elapsed_s: float, mib_s: float) -> None:
            self._report_progress(f"{self.system.label} {way}: {mib_s:,.0f} MiB/s", elapsed_s)
            if self.watch:
                when = {"interval": len(passed), "second": round(elapsed_s, 3)}
                metric, here = f"throughput.{way}.interval", {**dimensions, **when}
                passed.append(Measurement(metric, mib_s, "MiB/s", here, sample))
                self.watch([*self.taken, *passed])

        return on_sample

    def _report_progress(self, what: str, elapsed_s: float) -> None:
        """Report progress in seconds of measuring."""
        if self.progress:
            share_s = min(elapsed_s, self.load.seconds)
            done_s = self.done * self.load.seconds + share_s
            self.progress(what, round(done_s), round(self.total * self.load.seconds))
