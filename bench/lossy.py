"""Goodput over a bad link, beside a Linux guest on one of the same kind.

The link is tests/support/networks/impairment.py: its two directions have the impairment each, its
frames the size of a wire's. iperf3 on the host talks to iperf3 in the guests, which take turns.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import unikernel
from unikernel.machines.qemu import accelerator
from unikernel.measure.systems import systems_under_test
from unikernel.model.dimensions import host
from unikernel.model.measurement import Measurement, Measurements

from .tools.programs import IPERF3
from .tools.report import Ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1] / "tests"
PACKAGES = ("mirage-stack-unikernel", "unikernel-apps.iperf3")
PORT, MEMORY_MIB = 5201, 192
ROUNDS, MEASURED_S, OMITTED_S = 3, 4, 1
PATIENCE_S = 30.0  # in which a server takes a client
MIB = 1 << 20
CASES: dict[str, dict[str, float]] = {
    "none": {},
    "loss-0.1": {"loss": 0.1},
    "loss-1": {"loss": 1},
    "loss-5": {"loss": 5},
    "delay-50": {"delay_ms": 50, "jitter_ms": 10},
    "reorder-25": {"delay_ms": 10, "reorder": 25},
    "duplicate-5": {"duplicate": 5},
    "corrupt-1": {"corrupt": 1},
}
FLAGS: dict[str, list[str]] = {"in": [], "out": ["-R"]}  # seen from the guest
RATIOS = [
    Ratio("goodput", f"{case}.{way}.linux", f"{case}.{way}.unikernel", at_most=1.25)
    for case in CASES
    for way in FLAGS
]


def run(_: Path) -> Measurements:
    """Measure under every impairment. Raises OSError where no link can be had."""
    sys.path.append(str(TESTS))
    link = import_module("support.networks.impairment")
    if why_not := link.why_not():
        raise OSError(f"The benchmark of bad links {why_not}.")
    image = unikernel.build(IPERF3, name="bench-iperf3", packages=PACKAGES)
    return Measurements([row for case in CASES for row in _measured(link, image, case)])


def _measured(link: Any, image: unikernel.Image, case: str) -> Iterator[Measurement]:
    """Yield goodput in MiB/s: both guests run at a time, and take turns."""
    impairment = link.Impairment(**CASES[case])
    with ExitStack() as stack:
        links = {}
        for number in range(2):
            end = stack.enter_context(link.Link(impairment))
            choices = {"nets": end.nets, "memory_mib": MEMORY_MIB}
            system = systems_under_test(image, "iperf3", PORT, "linux", choices)[number]
            stack.enter_context(system.running())
            links[system.label] = end
        about = {**host(), "impairment": str(impairment), "accelerator": accelerator.choose().name}
        for sample, label, way in _turns(list(links)):
            goodput = _goodput_mib_s(links[label], link.GUEST, FLAGS[way])
            yield Measurement(f"{case}.{way}.{label}", goodput, "MiB/s", about, sample)


def _turns(labels: list[str]) -> Iterator[tuple[int, str, str]]:
    """Yield sample, label and direction; the order turns round from one round to the next."""
    for sample in range(ROUNDS):
        yield from product([sample], labels[:: 1 if sample % 2 else -1], FLAGS)


def _goodput_mib_s(end: Any, address: str, flags: list[str]) -> float:
    """Return what the receiver had; it is the host that chooses CUBIC for both of its roles."""
    argv = ["iperf3", "-J", "-c", address, "-C", "cubic", "-t", str(MEASURED_S)]
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        done = end.run(*argv, "-O", str(OMITTED_S), *flags, check=False)
        report = json.loads(done.stdout or "{}")
        if "error" not in report:
            return float(report["end"]["sum_received"]["bits_per_second"]) / 8 / MIB
        if time.monotonic() > deadline_s:
            raise OSError(f"iperf3 could not measure: {report['error']}")
        time.sleep(0.2)  # a server of a test that just ended takes no client yet
