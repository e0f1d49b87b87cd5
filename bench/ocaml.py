"""Releases of OCaml, by the same programs: bytes, boot, least memory, work and TCP.

The releases are the one that is installed, those that tests have built (.cache/ocaml-*), and those
whose folders of programs $BENCH_OCAML names, parted by colons. Packages are compiled again for each
from the distribution's sources. What is timed is taken in turns; times are milliseconds of
processor, QEMU's own included: other programs on the machine have next to no part in them.
FOLDER/ocaml.md shows all beside the first release.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from support.ocaml_release import packages

import unikernel
from unikernel import measure
from unikernel.machines.process import command_line
from unikernel.machines.qemu import accelerator
from unikernel.model import network
from unikernel.model.measurement import Measurement, Measurements
from unikernel.model.spec import Spec
from unikernel_toolchain.findlib.packages import resolve
from unikernel_toolchain.library_os.library_os import SOURCES

from .qemu import bare_command, processor_ms
from .size import least_memory_mib
from .tools.interleave import interleave
from .tools.programs import IPERF3, LWT, OCAML, WORK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from unikernel_toolchain.model.image import Image

BUILT_BY_TESTS = Path(__file__).parents[1] / ".cache"
OTHERS = "BENCH_OCAML"
TCP = ("mirage-stack-unikernel", "unikernel-apps.iperf3")
BOOTS, WORKS, RUNS, RUN_S = 40, 9, 5, 2
MEMORY_MIB = 64
# Metrics and headings, in the order of the table; times and rates with a ratio to the first row.
SIZES = {"size.hello": "hello, B", "size.lwt": "Lwt, B", "size.tcp": "TCP, B"}
LEAST = {"memory.hello": "hello, MiB"}
TIMES = {
    "boot.hello": "boot, ms",
    "boot.lwt": "Lwt, ms",
    "boot.tcp": "TCP, ms",
    "work.virtio": "work, ms",
    "work.unix": "as a process, ms",
}
RATES = {"throughput.in": "TCP in, MiB/s", "throughput.out": "out, MiB/s"}


@dataclass(frozen=True)
class Release:
    """A compiler and the packages beside it; None: what is installed."""

    version: str
    programs: Path | None = None
    packages: Path | None = None

    @contextmanager
    def chosen(self) -> Iterator[None]:
        """Let builds use this release."""
        before = dict(os.environ)
        if self.programs:
            os.environ["PATH"] = f"{self.programs}{os.pathsep}{before.get('PATH', os.defpath)}"
        if self.packages:
            os.environ["OCAMLPATH"] = str(self.packages)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def run(folder: Path) -> Measurements:
    """Measure all releases, write FOLDER/ocaml.md.

    Raises AssertionError when packages do not compile, Unavailable when a source cannot be had.
    """
    compared = releases(folder.resolve() / "packages")  # builds run elsewhere
    images = {release.version: _images(release) for release in compared}
    rows = list(_sizes(images))
    boots = _commands(images, {"boot.hello": "hello", "boot.lwt": "lwt", "boot.tcp": "tcp"})
    works = _commands(images, {"work.virtio": "work", "work.unix": "process"})
    rows += [*_in_turns(boots, 1, BOOTS), *_in_turns(works, 2, WORKS), *_throughput(images)]
    measured = Measurements(rows)
    (folder / "ocaml.md").write_text(markdown(measured, list(images)), encoding="utf-8")
    return measured


def releases(place: Path) -> list[Release]:
    """Return the releases, the installed one first, each version once."""
    folders = [*sorted(BUILT_BY_TESTS.glob("ocaml-*/bin"))]
    folders += [Path(word) for word in os.environ.get(OTHERS, "").split(os.pathsep) if word]
    shutil.rmtree(place, ignore_errors=True)
    found = {(installed := _version("ocamlopt")): Release(installed)}
    theirs = tuple(each.name for each in resolve(TCP, SOURCES / "packages") if not each.own)
    wanted = packages.needed(theirs, SOURCES / "packages")
    for programs in folders:
        version = _version(programs / "ocamlopt")
        if version not in found:
            found[version] = release = Release(version, programs, place / version)
            with release.chosen():
                packages.compile_again(wanted, place / version)
    return [found.pop(installed), *(found[version] for version in sorted(found))]


def _version(ocamlopt: str | Path) -> str:
    said = subprocess.run([ocamlopt, "-version"], capture_output=True, text=True, check=True)
    return said.stdout.strip()


def _images(release: Release) -> dict[str, Image]:
    """Build the programs, by short names."""
    with release.chosen():
        build = partial(_build, release.version)
        return {
            "hello": build("hello", OCAML),
            "lwt": build("lwt", LWT, ("lwt",)),
            "tcp": build("tcp", IPERF3, TCP),
            "work": build("work", WORK),
            "process": build("process", WORK, target="unix"),
        }


def _build(
    version: str, name: str, source: str, packages: Sequence[str] = (), target: str = "virtio"
) -> Image:
    return unikernel.build(source, name=f"bench-{name}-{version}", target=target, packages=packages)


def _sizes(images: Mapping[str, Mapping[str, Image]]) -> Iterator[Measurement]:
    for version, image in images.items():
        for name in ("hello", "lwt", "tcp"):
            yield Measurement(f"size.{name}.{version}", image[name].size_bytes, "B", {})
        memory_mib = least_memory_mib(image["hello"], {})
        yield Measurement(f"memory.hello.{version}", memory_mib, "MiB", {})


def _commands(
    images: Mapping[str, Mapping[str, Image]], metrics: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return what runs the images without the product, by metrics and releases."""
    found = {}
    for version, image in images.items():
        for metric, name in metrics.items():
            path = image[name].path
            native = image[name].target == "unix"
            command = command_line.command(path, Spec()) if native else bare_command(path)
            found[f"{metric}.{version}"] = command
    return found


def _in_turns(commands: Mapping[str, list[str]], lines: int, repeat: int) -> Measurements:
    takes = {name: partial(processor_ms, command, lines) for name, command in commands.items()}
    return interleave(takes, repeat=repeat, accelerator=accelerator.choose("auto").name)


def _throughput(images: Mapping[str, Mapping[str, Image]]) -> Iterator[Measurement]:
    """Measure TCP through a user network, the releases in turns."""
    nets = {"": network.user()}
    for sample in range(RUNS):
        for version in list(images)[:: 1 if sample % 2 else -1]:
            for row in measure.throughput(
                images[version]["tcp"], seconds=RUN_S, repeat=1, nets=nets, memory_mib=MEMORY_MIB
            ):
                if row.metric in RATES:
                    name = f"{row.metric}.{version}"
                    yield Measurement(name, row.value, row.unit, row.dimensions, sample)


def markdown(rows: Measurements, versions: Sequence[str]) -> str:
    """Return the table: medians, and of times and rates the ratio to the first version's."""
    metrics = SIZES | LEAST | TIMES | RATES
    lines = [_line(["OCaml", *metrics.values()]), _line(["---", *["--:"] * len(metrics)])]
    for version in versions:
        cells = [version]
        for metric in metrics:
            compared = metric in TIMES | RATES
            ratio = _ratio(rows, f"{metric}.{version}", f"{metric}.{versions[0]}")
            cell = f"{rows.median(f'{metric}.{version}'):,.0f}"
            cells.append(f"{cell} ({ratio:.2f})" if compared else cell)
        lines.append(_line(cells))
    return "\n".join(lines) + "\n"


def _ratio(rows: Measurements, above: str, below: str) -> float:
    """Return the median of the rounds' ratios: rounds differ from each other more than releases."""
    divisors = {row.sample: row.value for row in rows if row.metric == below}
    return median(row.value / divisors[row.sample] for row in rows if row.metric == above)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
