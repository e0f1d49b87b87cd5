"""From a config.ml and its application's sources to what is planned: one program, its packages.

What a config.ml leaves is what a plain cell's `connect` writes: a main module, and devices. All
behind that is one path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from unikernel_toolchain.data import crunch
from unikernel_toolchain.errors import BadRequest, CompileError, PackageError
from unikernel_toolchain.findlib import bounds
from unikernel_toolchain.findlib.packages import Package
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.configuration import (
    KEY_GEN,
    Configuration,
    Configured,
    Data,
    Evaluation,
)
from unikernel_toolchain.planning.planner import LEVELS
from unikernel_toolchain.planning.planner import MAIN as MAIN_UNIT
from unikernel_toolchain.planning.program import Program
from unikernel_toolchain.report import configuration_places, excerpts
from unikernel_toolchain.sources import names
from unikernel_toolchain.tools.locate import Toolchain
from unikernel_toolchain.tools.progress import Progress
from unikernel_toolchain.tools.run import Stop

from . import application, generated_parsers, needs, program
from .application import module_of

CELL = "cell.ml"
_OCAML = (".ml", ".mli")


class Prepared(NamedTuple):
    """A request whose config.ml was evaluated: `config` names packages, devices and sources."""

    config: Config
    configured: Configured
    program: Program


def evaluation(config: Config, tools: Toolchain, progress: Progress, stop: Stop) -> Evaluation:
    """Run the config.ml of this request. Raises CompileError, and BadRequest for its flags."""
    terms = ("--wants-terms",) if needs.wants_terms(config.sources) else ()
    idle = [word for name in needs.maybe_idle(config.sources) for word in ("--idle", name)]
    asked = (_configuration(config), config.target, tools, progress, stop)
    return program.evaluate(*asked, *terms, *idle)


def key_help(config: Config, tools: Toolchain, progress: Progress, stop: Stop) -> str:
    """Return the keys of the config.ml of this request, as help lists flags."""
    return program.key_help(_configuration(config), config.target, tools, progress, stop)


def _configuration(config: Config) -> Configuration:
    if config.configuration is None:
        raise BadRequest(f"{config.name!r} has no config.ml.")
    return config.configuration


def configure(config: Config, tools: Toolchain, progress: Progress, stop: Stop) -> Configured:
    """Return what the config.ml of this request describes, run unless that was done for it.

    Raises what `evaluation` does.
    """
    found = config.evaluation or evaluation(config, tools, progress, stop)
    return found.leaving_out(needs.idle(found.whole, config.sources, config.packages, stop))


def prepare(config: Config, tools: Toolchain, progress: Progress, stop: Stop) -> Prepared:
    """Evaluate the config.ml of a request, and put the modules in order that it needs."""
    configuration = _configuration(config)
    configured = configure(config, tools, progress, stop)
    sources = generated_parsers.expanded(_with_cell_named(config, configured), stop)
    _check_mains(configuration, configured, sources)
    generated = {KEY_GEN: configured.key_gen, **_crunched(configuration, configured)}
    # What they say of packages is known when packages are: until then, that there are such modules.
    informing = {_file_of(it): record for it, record in configured.info_modules.items()}
    texts = {name: text for name, text in sources.items() if name.endswith(_OCAML)}
    everything = {**texts, **generated, **dict.fromkeys(informing, "")}
    everything[MAIN_UNIT] = configured.main  # an application may have a main.ml of its own
    order = application.reached(everything, MAIN_UNIT, tools, stop)
    kept = {name: texts[name] for name in order if name in texts}
    names.check_ocaml(kept, (MAIN_UNIT, LEVELS, *generated, *informing))
    stubs = {name: text for name, text in sources.items() if not name.endswith(_OCAML)}
    ordered = replace(
        config,
        sources={**kept, **stubs},
        labels={**config.labels, **_label_of_cell(config, configured)},
        packages=tuple(dict.fromkeys((*config.packages, *configured.libraries))),
        devices=configured.devices,
    )
    made = Program(
        configured.name,
        configured.main,
        generated,
        order[:-1],
        informing,
        _disks(configuration, configured),
        configured.addresses,
        any(key.name == "warn_error" and key.value == "true" for key in configured.keys),
    )
    return Prepared(ordered, configured, made)


def check_packages(
    configuration: Configuration, configured: Configured, packages: tuple[Package, ...]
) -> None:
    """Raise PackageError, with the line of config.ml, for a version that is not asked for."""
    versions = {package.name: package.version for package in packages}
    for asked in configured.packages:
        version = next((versions[name] for name in asked.libraries if versions.get(name)), "")
        if fault := bounds.fault(asked, version):
            raise at_line(configuration, PackageError(fault, package=asked.name))


def at_line(configuration: Configuration, error: PackageError) -> PackageError:
    """Return the same error with the line of config.ml that names the package."""
    place = configuration_places.of_library(configuration, error.package)
    if place is None:
        return error
    named = f'File "{configuration.label}", line {place.line}, characters '
    output = f"{named}{place.column}-{place.column + place.length}:"
    sources = excerpts.Sources({configuration.label: configuration.text}, configuration.first_line)
    detail = "\n".join(filter(None, (excerpts.in_ocaml(output, sources), error.detail)))
    what = f"{configuration.label}, line {place.line}: {error.what}"
    return type(error)(what, package=error.package, hint=error.hint, detail=detail)


# ---- the application's modules


def _with_cell_named(config: Config, configured: Configured) -> dict[str, str]:
    """Return the sources; a notebook's cell is the first module that is started and not there."""
    sources = dict(config.sources)
    if CELL in sources:
        sources[_file_of_cell(config, configured)] = sources.pop(CELL)
    return sources


def _file_of_cell(config: Config, configured: Configured) -> str:
    there = {module_of(name) for name in config.sources}
    wanted = [main.partition(".")[0] for main in configured.mains]
    missing = [module for module in wanted if module not in there]
    module = (missing or ["Unikernel"])[0]
    return _file_of(module)


def _file_of(module: str) -> str:
    return f"{module[:1].lower()}{module[1:]}.ml"


def _label_of_cell(config: Config, configured: Configured) -> dict[str, str]:
    if CELL not in config.sources:
        return {}
    return {_file_of_cell(config, configured): f"cell {config.name}"}


def _check_mains(
    configuration: Configuration, configured: Configured, sources: Mapping[str, str]
) -> None:
    """Raise CompileError when a module that config.ml starts has no file."""
    there = {module_of(name) for name in sources if name.endswith(".ml")}
    for main in configured.mains:
        module = main.partition(".")[0]
        if module not in there:
            file = _file_of(module)
            raise CompileError(
                f"{configuration.label} starts {main}, and there is no {file}.",
                hint=f"Put the application into {file}, or name its module in config.ml: "
                'main "Unikernel.Main" …',
            )


# ---- data of the host


def _crunched(configuration: Configuration, configured: Configured) -> dict[str, str]:
    return {
        _file_of(it.name): crunch.module_source(_folder(configuration, it), it.name)
        for it in configured.data
        if it.kind == "crunch"
    }


def _disks(configuration: Configuration, configured: Configured) -> dict[str, Data]:
    """Return by device the disk images to make, with absolute folders."""
    made = [it for it in configured.data if it.kind != "crunch"]
    return {it.name: replace(it, folder=str(_folder(configuration, it))) for it in made}


def _folder(configuration: Configuration, data: Data) -> Path:
    folder = configuration.folder / data.folder
    if not folder.is_dir():
        raise BadRequest(
            f"{configuration.label} wants the files of the folder {data.folder}, which is not in "
            f"{configuration.folder}.",
            hint="Make the folder, or name another one in config.ml.",
        )
    return folder
