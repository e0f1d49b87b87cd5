"""Before: an earlier checkout in turns with this one, the same sources in both.

UNIKERNEL_BEFORE is the earlier checkout, which builds its own images in its own cache and says how
it starts them: what a guest is told at its boot is a matter between the two. Boots are timed to the
first line, responses to the first of an HTTP server; throughput and requests are each product's own
measurements, over a tap, which needs root. Sizes stand beside them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unikernel.errors import MeasurementFailed
from unikernel.machines.qemu import accelerator
from unikernel.model.dimensions import host
from unikernel.model.measurement import Measurement, Measurements

from .qemu import first_line_ms
from .response import first_response_ms, free_port
from .tools.interleave import interleave
from .tools.programs import HTTP, IPERF3, LWT, OCAML, WEB
from .tools.report import Ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BOOTS, RUNS, RUN_S = 30, 7, 2
MEMORY_MIB = 64
TARGETS = ("virtio", "unix")
STACK = "mirage-stack-unikernel"
PROGRAMS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "hello": (OCAML, ()),
    "lwt": (LWT, ("lwt",)),
    "http": (HTTP, (STACK,)),
    "iperf3": (IPERF3, (STACK, "unikernel-apps.iperf3")),
    "web": (WEB, (STACK, "unikernel-apps.http")),
}
AT_MOST = 1.03
LOADS = tuple(f"{what}.{target}" for what in ("in", "out", "requests") for target in TARGETS)
CLAIMS = (
    *(Ratio("boot", f"boot.{p}.now", f"boot.{p}.before", AT_MOST) for p in ("hello", "lwt")),
    *(Ratio("boot", f"boot.{p}.unix.now", f"boot.{p}.unix.before", AT_MOST) for p in ("hello",)),
    Ratio("response", "response.now", "response.before", AT_MOST),
    *(Ratio("load", f"{load}.before", f"{load}.now", AT_MOST) for load in LOADS),
    *(
        Ratio("size", f"size.{program}.{target}.now", f"size.{program}.{target}.before", AT_MOST)
        for program in PROGRAMS
        for target in TARGETS
    ),
)
# What a checkout is asked, in words that both understand: its API, and what its benchmarks import.
BUILD = """\
import json, sys
import unikernel
from bench.native import Spec, command_line, network
from bench.qemu import bare_command
asked, port = json.loads(sys.argv[1])
image = unikernel.build(asked.pop("source"), **asked)
spec = Spec(nets={"service": network.user(ports={port: 80})}) if port else Spec()
command = command_line.command if image.target == "unix" else bare_command
print(json.dumps({"size_bytes": image.size_bytes, "argv": command(image.path, spec)}))
"""
LOAD = """\
import json, sys
import unikernel
from bench.native import measure, network
what, asked, load = json.loads(sys.argv[1])
image = unikernel.build(asked.pop("source"), **asked)
rows = getattr(measure, what)(image, nets={"": network.tap()}, **load)
print(json.dumps([[row.metric, row.value, row.unit] for row in rows]))
"""
HERE = Path(__file__).parents[1]

Checkouts = dict[str, Path]


def run(_folder: Path) -> Measurements:
    """Measure both. Raises MeasurementFailed without an earlier checkout."""
    earlier = os.environ.get("UNIKERNEL_BEFORE", "")
    if not (Path(earlier) / "toolchain").is_dir():
        raise MeasurementFailed("UNIKERNEL_BEFORE is to be the folder of an earlier checkout.")
    checkouts = {"before": Path(earlier), "now": HERE}
    rows = [*_sizes(checkouts), *boots(checkouts), *responses(checkouts)]
    for target in TARGETS:
        rows += _loads(checkouts, target)
    return Measurements(rows)


def _ask(checkout: Path, script: str, question: object) -> Any:
    """Return what a checkout answers to a script, in JSON on its last line."""
    variables = {"PYTHONPATH": f"{checkout / 'kernel_ext'}{os.pathsep}{checkout / 'toolchain'}"}
    if checkout != HERE:
        variables["UNIKERNEL_CACHE"] = str(checkout / ".cache" / "unikernel")
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(question)],
        cwd=checkout,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _asked(program: str, target: str) -> dict[str, Any]:
    source, packages = PROGRAMS[program]
    return {"source": source, "name": f"before-{program}", "target": target, "packages": packages}


def _argv(checkout: Path, program: str, target: str, port: int = 0) -> list[str]:
    """Return the command that boots a program, a port forwarded to its HTTP server if not 0."""
    argv: list[str] = _ask(checkout, BUILD, [_asked(program, target), port])["argv"]
    return argv


def _sizes(checkouts: Checkouts) -> Iterator[Measurement]:
    for program in PROGRAMS:
        for target in TARGETS:
            for age, checkout in checkouts.items():
                size = _ask(checkout, BUILD, [_asked(program, target), 0])["size_bytes"]
                yield Measurement(f"size.{program}.{target}.{age}", size, "bytes", {})


def boots(checkouts: Checkouts) -> Measurements:
    """Measure first lines, all programs and both ages in turns."""
    commands = {}
    for age, checkout in checkouts.items():
        for program in ("hello", "lwt"):
            commands[f"boot.{program}.{age}"] = _argv(checkout, program, "virtio")
        commands[f"boot.hello.unix.{age}"] = _argv(checkout, "hello", "unix")
    takes = {name: _first_line(argv) for name, argv in commands.items()}
    return interleave(takes, repeat=BOOTS, accelerator=accelerator.choose("auto").name)


def _first_line(argv: list[str]) -> Callable[[], float]:
    return lambda: first_line_ms(argv)


def responses(checkouts: Checkouts) -> Measurements:
    """Measure the first responses of an HTTP server on a user network."""
    port = free_port()
    takes = {
        f"response.{age}": _first_response(_argv(checkout, "http", "virtio", port), port)
        for age, checkout in checkouts.items()
    }
    return interleave(takes, repeat=BOOTS, accelerator=accelerator.choose("auto").name)


def _first_response(argv: list[str], port: int) -> Callable[[], float]:
    return lambda: first_response_ms(argv, port)


def _loads(checkouts: Checkouts, target: str) -> Iterator[Measurement]:
    """Measure throughput and requests, one run of each age in turns."""
    load = {"repeat": 1, "seconds": RUN_S, "memory_mib": MEMORY_MIB}
    names = {"throughput.in": "in", "throughput.out": "out", "http.requests": "requests"}
    for sample in range(RUNS):
        for age in ("before", "now")[:: 1 if sample % 2 else -1]:
            rows = [
                *_ask(checkouts[age], LOAD, ["throughput", _asked("iperf3", target), load]),
                *_ask(checkouts[age], LOAD, ["http", _asked("web", target), load]),
            ]
            for metric, value, unit in rows:
                if metric in names:
                    name = f"{names[metric]}.{target}.{age}"
                    yield Measurement(name, value, unit, host(), sample)
