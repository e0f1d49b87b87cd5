"""A unikernel that is a process, beside programs of Linux. Needs root, for taps and namespaces.

Boots are timed from the start of a process to the end of its first line, beside a static C program
that is started in the same way. Throughput and requests are those of the product's own
measurements, beside iperf3 and nginx in a network namespace: over a tap, and over user networks of
one QEMU. Responses are timed from the start of a process to the first response of its HTTP server.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import unikernel
from unikernel import measure
from unikernel.baseline.namespace import why_not
from unikernel.errors import MeasurementFailed
from unikernel.host import event_loop
from unikernel.machines.prepare import prepare
from unikernel.machines.process import command_line
from unikernel.machines.targets import owned
from unikernel.measure.systems import endpoint
from unikernel.model import network
from unikernel.model.measurement import Measurement, Measurements
from unikernel.model.spec import Spec

from .against import static
from .qemu import LIMIT_S, first_line_ms
from .response import RETRY_S, responds
from .tools.interleave import interleave
from .tools.programs import IPERF3, OCAML, WEB, C
from .tools.report import Least, Ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from unikernel.model.network import Network
    from unikernel_toolchain.model.image import Image

TARGET = "unix"
BOOTS, ANSWERS, RUNS, RUN_S = 40, 20, 5, 3
MEMORY_MIB = 64
TAP = "10.219.0.1/24"
PEER_IN_MIB_S, PEER_OUT_MIB_S = 250, 148  # MirageOS as a process, on a machine of this kind
CLAIMS = (
    Ratio("boot", "boot.ocaml", "boot.static", at_most=3),
    Ratio("boot", "boot.c", "boot.static", at_most=3),
    Ratio("throughput", "tap.in.linux", "tap.in.unikernel", at_most=2),
    Ratio("throughput", "tap.out.linux", "tap.out.unikernel", at_most=2),
    Least("tap.in.unikernel", 3 * PEER_IN_MIB_S),
    Least("tap.out.unikernel", 3 * PEER_OUT_MIB_S),
    Ratio("requests", "tap.requests.linux", "tap.requests.unikernel", at_most=2),
)


def run(folder: Path) -> Measurements:
    """Measure it all. Raises MeasurementFailed without the privileges."""
    if reason := why_not():
        raise MeasurementFailed(f"No namespace of Linux to measure beside: {reason}.")
    stack = "mirage-stack-unikernel"
    iperf3 = unikernel.build(
        IPERF3, name="native-iperf3", target=TARGET, packages=[stack, "unikernel-apps.iperf3"]
    )
    web = unikernel.build(
        WEB, name="native-web", target=TARGET, packages=[stack, "unikernel-apps.http"]
    )
    return boots(folder) + response_times(web) + compared(iperf3, web)


def boots(folder: Path) -> Measurements:
    """Measure hellos, in turns with a static C program of Linux."""
    ocaml = unikernel.build(OCAML, name="native-hello", target=TARGET)
    c = unikernel.build(C, name="native-c", target=TARGET, language="c")
    commands = {
        "boot.ocaml": command_line.command(ocaml.path, Spec()),
        "boot.c": command_line.command(c.path, Spec()),
        "boot.static": [str(static.build(folder))],
    }
    takes = {name: _first_line(argv) for name, argv in commands.items()}
    return interleave(takes, repeat=BOOTS, accelerator="native")


def _first_line(argv: list[str]) -> Callable[[], float]:
    return lambda: first_line_ms(argv)


def response_times(web: Image) -> Measurements:
    """Measure first responses, over each kind of network in turns."""
    return interleave(
        {
            "response.tap": lambda: response_ms(web, network.tap(address=TAP)),
            "response.user": lambda: response_ms(web, network.user(["0:80"])),
        },
        repeat=ANSWERS,
        accelerator="native",
    )


def response_ms(web: Image, wanted: Network) -> float:
    """Return the milliseconds from the start of the process to its first response.

    Raises RuntimeError when none comes.
    """
    side = owned(prepare(web, None, Spec(memory_mib=MEMORY_MIB, nets={"": wanted})))
    machine = side.machine
    end = endpoint(machine, 80)
    starting = event_loop.post(side.start())
    try:
        deadline = time.time() + LIMIT_S
        while not (machine.started_at and responds(end)):
            if time.time() > deadline:
                raise RuntimeError(f"no response from: {machine.command}")
            time.sleep(RETRY_S)
        return (time.time() - machine.started_at) * 1000
    finally:
        starting.result(LIMIT_S)
        event_loop.call(side.end())


def compared(iperf3: Image, web: Image) -> Measurements:
    """Measure throughput, requests and round trips beside Linux's own."""
    tap, user = {"": network.tap()}, {"": network.user()}
    load: dict[str, Any] = {
        "repeat": RUNS,
        "seconds": RUN_S,
        "memory_mib": MEMORY_MIB,
        "baseline": "linux",
    }
    rows = [
        *_named("tap", measure.throughput(iperf3, nets=tap, **load)),
        *_named("user", measure.throughput(iperf3, nets=user, **load)),
        *_named("tap", measure.http(web, nets=tap, **load)),
        *_named("user", measure.http(web, nets=user, **load)),
        *_named("tap", measure.latency(web, nets=tap, repeat=RUNS, baseline="linux")),
    ]
    return Measurements(rows)


SHOWN: Mapping[str, str] = {
    "throughput.in": "in",
    "throughput.out": "out",
    "http.requests": "requests",
    "latency.ping": "ping",
}


def _named(where: str, rows: Measurements) -> list[Measurement]:
    """Return the rows to show, named by network and system."""
    return [
        Measurement(
            f"{where}.{SHOWN[row.metric]}.{row.dimensions['system']}",
            row.value,
            row.unit,
            row.dimensions,
            row.sample,
        )
        for row in rows
        if row.metric in SHOWN
    ]
