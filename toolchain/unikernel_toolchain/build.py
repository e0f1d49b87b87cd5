"""Config to Image: plans, looks into the cache, builds, and keeps what was made."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

from . import postlink
from .binary.elf import read
from .configuration import prepare
from .data import fat, tar
from .errors import CompileError, LinkError, PackageError, ToolchainError
from .findlib import of_targets, releases
from .findlib.packages import Package, resolve
from .library_os import base, library_os
from .library_os import packages as ocaml_packages
from .library_os.base import Base
from .library_os.library_os import SOURCES, Libos
from .messages import os_errors
from .model.config import Config
from .model.configuration import Configuration, Data
from .model.device import Device
from .model.image import Image
from .model.plan import Plan
from .planning.c_planner import c_plan
from .planning.linker import MAP
from .planning.manifest import declared_devices
from .planning.planner import configured_plan, ocaml_plan
from .planning.wanted import implementations, wanted_packages
from .report.diagnostics import explain, with_excerpts
from .store import cache, images, integrity
from .store.source_digest import source_digest
from .targets import load
from .tools import tool_os_errors
from .tools.interruptible import interruptible
from .tools.locate import locate, locate_c
from .tools.progress import Progress, Steps
from .tools.run import Stop, output_of, run

_OWN_PACKAGES = SOURCES / "packages"


def plan(config: Config) -> Plan:
    """Return what `build` would do, having built nothing. Raises ToolchainError."""
    return _prepare(config, _silent, Stop()).plan


def libraries(
    config: Config,
    *,
    compiled: bool = False,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> tuple[Package, ...]:
    """Return what a program is compiled against: packages, with the folders of their interfaces.

    Those of ours that no build has asked for yet are not there, unless they are to be `compiled`,
    of which `progress(what, done, total)` is told. Raises ToolchainError.
    """
    stop, tell = stop or Stop(), progress or _silent
    work = _prepare(config, tell, stop)
    if compiled:
        work.build_shared(tell, stop)
    return work.packages


def _silent(_what: str, _done: int, _total: int) -> None:
    """Hear of nothing."""


def build(
    config: Config,
    *,
    fresh: bool = False,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Image:
    """Build an image, or find it in the cache; `fresh` builds it in any case.

    `progress(what, done, total)` is called while the library OS or a package is built, which
    happens once.
    `stop` lets another thread end the build. Any number of threads and processes may build at
    once. Raises ToolchainError (see errors.py for its leaves); nothing half built stays.
    """
    stop = stop or Stop()
    with os_errors.raised_as(f"Building {config.name!r} in {cache.root()}", ToolchainError):
        return interruptible(partial(_build, config, fresh, stop), progress, stop)


def _build(config: Config, fresh: bool, stop: Stop, progress: Progress) -> Image:
    work = _prepare(config, progress, stop)
    image = None if fresh else images.lookup(work.digest, config.name)
    if image is None:
        _check_place(config)
        work.build_shared(progress, stop)
        image = _build_locked(config, work, fresh=fresh, stop=stop)
    images.remember(image)
    return image


def _check_place(config: Config) -> None:
    """Raise ToolchainError when the cache runs no programs: `connect`, for one, is run."""
    cache.make_folder(cache.root())
    if config.language == "ocaml":
        cache.check_runs_programs()


@dataclass(frozen=True)
class _Work:
    """A plan, and what of the cache it stands on."""

    plan: Plan
    base: Base
    libos: Libos | None = None  # what OCaml programs stand on besides
    packages: tuple[Package, ...] = ()
    disks: Mapping[str, Data] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """What names the image: the plan, the library OS, and this program."""
        # Asked several times in a build: walking the library OS as well would be felt.
        toolchain = source_digest(*sorted(set(SOURCES.parent.iterdir()) - {SOURCES}))
        beneath = " ".join(part.identity for part in (self.base, self.libos) if part)
        facts = f"{self.plan.digest()} {beneath} {toolchain}"
        return hashlib.sha256(facts.encode()).hexdigest()

    def build_shared(self, progress: Progress, stop: Stop) -> None:
        """Build what all applications share and is not there yet, or damaged."""
        total = 0 if self.base.is_intact() else base.STEPS
        absent: tuple[Package, ...] = ()
        if self.libos:
            absent = ocaml_packages.missing(self.libos, self.packages)
            total += 0 if self.libos.is_intact() else library_os.STEPS
        steps = Steps(progress, total + len(absent))
        if self.libos:  # which sees to its base
            library_os.ensure(self.libos, steps, stop)
            ocaml_packages.build(self.libos, absent, self.packages, steps, stop)
        else:
            base.ensure(self.base, steps, stop)
        steps.end("library OS")

    def check_unchanged(self) -> None:
        """Raise ToolchainError when what `build_shared` left was changed since."""
        intact = self.base.is_intact() and (
            self.libos is None
            or (self.libos.is_intact() and not ocaml_packages.missing(self.libos, self.packages))
        )
        if not intact:
            raise ToolchainError(
                "The library OS in the cache was changed while it was being linked.",
                hint="Build again: what is damaged is made new.",
            )


def _prepare(config: Config, progress: Progress, stop: Stop) -> _Work:
    if config.language == "c":
        beneath = base.expected(load(config.target), locate_c(), SOURCES)
        return _Work(c_plan(config, beneath), beneath)
    tools = locate()
    libos = library_os.expected(load(config.target), tools)
    if config.configuration:
        return _prepare_configured(config, config.configuration, libos, progress, stop)
    packages = _packages(config, libos, stop)
    return _Work(ocaml_plan(config, libos, packages), libos.base, libos, packages)


def _prepare_configured(
    asked: Config, configuration: Configuration, libos: Libos, progress: Progress, stop: Stop
) -> _Work:
    _check_place(asked)  # a config.ml is run from the cache
    config, configured, program = prepare.prepare(asked, libos.tools, progress, stop)
    try:
        packages = _packages(config, libos, stop)
    except PackageError as error:
        raise prepare.at_line(configuration, error) from None
    prepare.check_packages(configuration, configured, packages)
    made = configured_plan(config, program, libos, packages)
    return _Work(made, libos.base, libos, packages, program.disks)


def _packages(config: Config, libos: Libos, stop: Stop) -> tuple[Package, ...]:
    """Return what is linked, in order, with the folders where it is or will be built."""
    names = wanted_packages(config)
    packages = resolve(names, _OWN_PACKAGES, stop=stop)
    behind = implementations(config, packages)
    if behind:
        packages = resolve((*names, *behind), _OWN_PACKAGES, stop=stop)
    of_targets.check(packages, config.target)
    releases.check(packages, libos.tools)
    return ocaml_packages.with_build_folders(libos, packages)


def _build_locked(config: Config, work: _Work, *, fresh: bool, stop: Stop) -> Image:
    place = cache.image_folder(work.digest)
    with images.lock(work.digest):
        image = None if fresh else images.lookup(work.digest, config.name)
        if image is not None:  # another builder was faster
            return image
        integrity.renew(place, f"image {config.name}", partial(_fill, config, work, stop))
        image = images.lookup(work.digest, config.name)
    if image is None:
        raise FileNotFoundError(place)
    return replace(image, cached=False)


def _fill(config: Config, work: _Work, stop: Stop, folder: Path) -> None:
    """Build the image in `folder`, and leave there what the cache keeps of it."""
    started_s = time.monotonic()
    try:
        log = _run_steps(config, work.plan, folder, stop)
    except (CompileError, LinkError):
        work.check_unchanged()  # what a damaged library OS makes go wrong is not the program's
        raise
    work.check_unchanged()
    devices = _leave_image(work.plan, folder)
    _leave_disks(work.disks, folder)
    build_s = time.monotonic() - started_s
    (folder / images.LOG).write_text(log, encoding="utf-8")
    language = config.language
    images.keep(folder, work.digest, work.plan, language=language, devices=devices, build_s=build_s)


def _leave_disks(disks: Mapping[str, Data], folder: Path) -> None:
    """Make the disk images that come with the image."""
    for device, it in disks.items():
        (folder / images.DISKS).mkdir(exist_ok=True)
        place = folder / images.DISKS / images.disk_file(device)
        files = Path(it.folder)
        place.write_bytes(tar.image(files) if it.kind == "tar" else fat.image(files, it.pattern))


def _run_steps(config: Config, made: Plan, folder: Path, stop: Stop) -> str:
    """Write the plan's files, run its steps, and return what they wrote."""
    for name, text in made.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    outputs = []
    for step in made.steps:
        process = run(step.command, folder=folder, variables={"TMPDIR": str(folder)}, stop=stop)
        if process.returncode != 0:
            tool_os_errors.check(process, folder)
            raise explain(config, step, process, made)
        outputs.append(output_of(process))
    return with_excerpts(config, "".join(outputs))


def _leave_image(made: Plan, folder: Path) -> tuple[Device, ...]:
    """Have the passes go over the product; leave image, debug file and map, return the devices."""
    elf = read(folder / made.product)
    linked = postlink.Linked(made.name, elf, folder / MAP, bytearray(elf.data))
    postlink.apply(made.passes, linked)
    (folder / images.IMAGE).write_bytes(linked.image)
    (folder / images.IMAGE).chmod(load(made.target).file_mode)
    (folder / made.product).rename(folder / images.DEBUG)
    (folder / MAP).rename(folder / images.MAP)
    return declared_devices(folder, elf)
