"""Config to Plan, for programs in OCaml: the files a build writes, the commands it runs. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from types import MappingProxyType

from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.findlib.packages import Package
from unikernel_toolchain.library_os.library_os import Libos
from unikernel_toolchain.model import configuration
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.device import Device
from unikernel_toolchain.model.plan import Plan, Step
from unikernel_toolchain.postlink import INITIALISER_BYTECODE, INTERPRETER
from unikernel_toolchain.sources import names

from . import c_stubs, info_gen, labels, linker, wanted
from .manifest import DEVICES, MANIFEST
from .program import Program

MAIN = "unikernel_main.ml"
LINKER = "link.sh"

LOGS = "unikernel_logs.ml"
LEVELS = "unikernel_levels.ml"

# Bigarrays are linked for whoever calls one of their functions. Who reads them back (Marshal) and
# uses them by their type calls none; but ocamlopt lists in the startup file the interfaces of all
# linked units, as Marshal writes (name, digest option, ...): @ is None, of a mere alias.
_KNOWS_BIGARRAYS = """\
for file; do
    case $file in
    *camlstartup*.o)
        LC_ALL=C grep -aq 'Stdlib__Bigarray[^@]' "$file"
        case $? in
        0) set -- "$@" --undefined=caml_ba_ops ;;
        1) ;;
        *) exit 1 ;;
        esac ;;
    esac
done
"""

# What unikernel-cstruct has; only programs that use it are to carry it.
_OLDER_NAMES = re.compile(r"\b(?:len|set_len|add_len|blit_to_string)\b")


def ocaml_plan(config: Config, libos: Libos, packages: tuple[Package, ...]) -> Plan:
    """Return the plan of this build. Raises BadRequest when the sources make no program."""
    names.check_ocaml(config.sources, (MAIN, LOGS, MANIFEST))
    units = [name for name in config.sources if name.endswith(".ml")]
    if not units:
        raise BadRequest(f"Nothing to run in {config.name!r}: there is no .ml file.")
    first = (LOGS,) if _has(packages, wanted.BOOT_LOGS) else ()
    steps = (
        _compile(config, libos, packages, tuple(config.sources)),
        _connect(units, libos, config.devices, packages),
        _link((*first, *_objects(units)), libos, packages),
    )
    logs = dict.fromkeys(first, "let () = Boot_logs.start ()\n")
    return _plan(config, libos, packages, files={**labels.numbered(config), **logs}, steps=steps)


def configured_plan(
    config: Config, program: Program, libos: Libos, packages: tuple[Package, ...]
) -> Plan:
    """Return the plan of a program whose main module the configure stage has written."""
    stubs, objects = c_stubs.compile_stubs(config, libos)
    units = [name for name in program.order if name.endswith(".ml")]
    # What reports logs may be the application's own, and levels are set all the same.
    logs = _has(packages, wanted.LOG_LEVELS) and wanted.LOGS.search(
        "\n".join(config.sources.values())
    )
    first = (LEVELS,) if logs else ()
    strictly = ("-warn-error", "+a") if program.warnings_are_errors else ()
    steps = (
        _compile(config, libos, packages, (*strictly, *program.order)),
        *stubs,
        _link((*objects, *first, *_objects(units)), libos, packages),
    )
    versions = {it.name: it.version for it in packages if "." not in it.name}
    informing = {
        file: info_gen.source(program.name, config.packages, versions, record_module=record)
        for file, record in program.informing.items()
    }
    generated = {**program.generated, **informing}
    made = {
        **labels.numbered(config),
        **{name: f'# 1 "{name}"\n{text}' for name, text in generated.items()},
        **dict.fromkeys(first, "let () = Log_levels.be_linked ()\n"),
        MAIN: f'# 1 "{configuration.MAIN}"\n{program.main}',
        DEVICES: "".join(f"{device}\n" for device in config.devices),
    }
    made_of = _plan(config, libos, packages, files=made, steps=steps, disks=program.disk_facts)
    return replace(made_of, addresses=program.addresses)


def _plan(
    config: Config,
    libos: Libos,
    packages: tuple[Package, ...],
    *,
    files: dict[str, str],
    steps: tuple[Step, ...],
    disks: Mapping[str, str] = MappingProxyType({}),
) -> Plan:
    passes = linker.passes(config, libos.base)
    return Plan(
        name=config.name,
        target=config.target,
        files={**files, LINKER: _linker(libos, passes)},
        steps=steps,
        product=linker.PRODUCT,
        passes=passes,
        packages={package.name: package.version for package in packages},
        devices=config.devices,
        disks=disks,
    )


def _compile(
    config: Config, libos: Libos, packages: tuple[Package, ...], words: tuple[str, ...]
) -> Step:
    compiler = [str(libos.tools.ocamlopt), "-c", "-g", *_includes(libos, packages)]
    for package in packages:
        compiler += ["-ppx", package.ppx] if package.ppx else []
    text = "\n".join(config.sources.values())
    if _has(packages, wanted.OLDER_CSTRUCT) and _OLDER_NAMES.search(text):
        compiler += ["-open", "Older_names"]
    return Step("compile", (*compiler, *words))


def _objects(units: list[str]) -> tuple[str, ...]:
    return tuple(f"{PurePath(unit).stem}.cmx" for unit in units)


def _has(packages: tuple[Package, ...], name: str) -> bool:
    return any(package.name == name for package in packages)


def _connect(
    units: list[str], libos: Libos, devices: tuple[Device, ...], packages: tuple[Package, ...]
) -> Step:
    stem = PurePath(units[-1]).stem
    module = stem[:1].upper() + stem[1:]
    command = [str(libos.connect), f"{stem}.cmi", "--module", module, "--devices", DEVICES]
    command += [arg for each in devices for arg in (f"--{each.kind}", each.name)]
    command += [arg for unit in units for arg in ("--source", unit)]
    command += [*_includes(libos, packages), *(["--keys"] if _has(packages, wanted.KEYS) else [])]
    return Step("connect", ("sh", "-c", f"exec {shlex.join(command)} > {MAIN}"))


def _link(objects: tuple[str, ...], libos: Libos, packages: tuple[Package, ...]) -> Step:
    archives = [
        str(libos.archive(package, archive)) for package in packages for archive in package.archives
    ]
    return Step(
        "link",
        (
            *(str(libos.tools.ocamlopt), "-g", "-cc", f"sh ./{LINKER}"),
            *("-I", str(libos.standard_library), *_includes(libos, packages)),
            *(*archives, *objects, MAIN, "-o", linker.PRODUCT),
        ),
    )


def _includes(libos: Libos, packages: tuple[Package, ...]) -> list[str]:
    folders = dict.fromkeys(package.folder for package in packages)
    standard = str(libos.tools.ocaml_library)
    return [arg for folder in folders if folder != standard for arg in ("-I", folder)]


def _linker(libos: Libos, passes: tuple[str, ...]) -> str:
    """Return the script that ocamlopt runs in place of a C compiler to link."""
    interpreter = (f"--undefined={INTERPRETER}",) if INITIALISER_BYTECODE in passes else ()
    flags = shlex.join([*linker.command(libos.base), f"@{libos.wrapped}", *interpreter])
    libraries = shlex.join(
        linker.archives(libos.base, str(libos.runtime), str(libos.ocaml_runtime))
    )
    return f'#!/bin/sh\n{_KNOWS_BIGARRAYS}exec {flags} "$@" {libraries}\n'
