"""Before: images of an earlier checkout in turns with those of this one, the same sources in both.

UNIKERNEL_BEFORE is the earlier checkout, which builds its own in its own cache. Boots are timed
to the first line, responses to the first of an HTTP server; throughput and requests are the
product's own measurements, over a tap, which needs root. Sizes stand beside them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import unikernel
from unikernel import measure
from unikernel.errors import MeasurementFailed
from unikernel.machines.process import command_line
from unikernel.machines.qemu import accelerator
from unikernel.model import network
from unikernel.model.measurement import Measurement, Measurements
from unikernel.model.spec import Spec
from unikernel_toolchain.model.device import Device, network_devices
from unikernel_toolchain.model.image import Image

from .interleave import interleave
from .programs import HTTP, IPERF3, LWT, OCAML, WEB
from .qemu import bare_command, first_line_ms
from .report import Ratio
from .response import first_response_ms, free_port

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
BUILD = """\
import dataclasses, json, sys
import unikernel
asked = json.loads(sys.argv[1])
image = unikernel.build(asked.pop("source"), **asked)
print(json.dumps(dataclasses.asdict(image), default=str))
"""

Images = dict[str, dict[str, Image]]


def run(_folder: Path) -> Measurements:
    """Measure both. Raises MeasurementFailed without an earlier checkout."""
    earlier = os.environ.get("UNIKERNEL_BEFORE", "")
    if not (Path(earlier) / "toolchain").is_dir():
        raise MeasurementFailed("UNIKERNEL_BEFORE is to be the folder of an earlier checkout.")
    images: Images = {}
    for program, (source, packages) in PROGRAMS.items():
        for target in TARGETS:
            asked = {"name": f"before-{program}", "target": target, "packages": packages}
            images[f"{program}.{target}"] = {
                "before": _built_by(Path(earlier), {"source": source, **asked}),
                "now": unikernel.build(source, **asked),  # type: ignore[arg-type]
            }
    rows = [*_sizes(images), *boots(images), *responses(images)]
    for target in TARGETS:
        rows += _loads(images, target)
    return Measurements(rows)


def _built_by(checkout: Path, asked: dict[str, Any]) -> Image:
    folders = (checkout / "kernel_ext", checkout / "toolchain")
    variables = {
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "UNIKERNEL_CACHE": str(checkout / ".cache" / "unikernel"),
    }
    done = subprocess.run(
        [sys.executable, "-c", BUILD, json.dumps(asked)],
        cwd=checkout,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        check=True,
    )
    answer = json.loads(done.stdout)
    paths = {name: Path(answer[name]) for name in ("path", "debug_path", "map_path")}
    answer["packages"] = tuple(answer["packages"])
    named = answer.pop("nets", ())  # of checkouts whose devices had no kinds
    answer["devices"] = network_devices(named) or tuple(
        Device(**each) for each in answer.get("devices", ())
    )
    return Image(**answer | paths)


def _sizes(images: Images) -> Iterator[Measurement]:
    for name, both in images.items():
        for age, image in both.items():
            yield Measurement(f"size.{name}.{age}", image.size_bytes, "bytes", {})


def boots(images: Images) -> Measurements:
    """Measure first lines, all programs and both ages in turns."""
    commands = {}
    for age in ("before", "now"):
        for program in ("hello", "lwt"):
            commands[f"boot.{program}.{age}"] = bare_command(images[f"{program}.virtio"][age].path)
        path = images["hello.unix"][age].path
        commands[f"boot.hello.unix.{age}"] = command_line.command(path, Spec())
    takes = {name: _first_line(argv) for name, argv in commands.items()}
    return interleave(takes, repeat=BOOTS, accelerator=accelerator.choose("auto").name)


def _first_line(argv: list[str]) -> Callable[[], float]:
    return lambda: first_line_ms(argv)


def responses(images: Images) -> Measurements:
    """Measure the first responses of an HTTP server on a user network."""
    port = free_port()
    spec = Spec(nets={"service": network.user(ports={port: 80})})

    def response(age: str) -> Callable[[], float]:
        argv = bare_command(images["http.virtio"][age].path, spec)
        return lambda: first_response_ms(argv, port)

    takes = {f"response.{age}": response(age) for age in ("before", "now")}
    return interleave(takes, repeat=BOOTS, accelerator=accelerator.choose("auto").name)


def _loads(images: Images, target: str) -> Iterator[Measurement]:
    """Measure throughput and requests, one run of each age in turns."""
    load: dict[str, Any] = {"repeat": 1, "seconds": RUN_S, "memory_mib": MEMORY_MIB}
    names = {"throughput.in": "in", "throughput.out": "out", "http.requests": "requests"}
    for sample in range(RUNS):
        for age in ("before", "now")[:: 1 if sample % 2 else -1]:
            nets = {"": network.tap()}
            rows = [
                *measure.throughput(images[f"iperf3.{target}"][age], nets=nets, **load),
                *measure.http(images[f"web.{target}"][age], nets=nets, **load),
            ]
            for row in rows:
                if row.metric in names:
                    name = f"{names[row.metric]}.{target}.{age}"
                    yield Measurement(name, row.value, row.unit, row.dimensions, sample)
