"""Config to Plan: which files a build writes and which commands it runs. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType

from unikernel_toolchain import postlink
from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.findlib.packages import Package
from unikernel_toolchain.library_os import device_table
from unikernel_toolchain.library_os.base import Base
from unikernel_toolchain.library_os.c_archives import application
from unikernel_toolchain.library_os.library_os import SOURCES, Libos
from unikernel_toolchain.model import configuration
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.device import Device
from unikernel_toolchain.model.plan import Plan, Step
from unikernel_toolchain.postlink import INITIALISER_BYTECODE, INTERPRETER
from unikernel_toolchain.sources import names

from . import c_stubs, info_gen
from .manifest import DEVICES, MANIFEST, MANIFEST_SYMBOL, manifest_source
from .program import Program

PRODUCT = "image.elf"
MAP = "image.map"
MAIN = "unikernel_main.ml"
LINKER = "link.sh"

LOGS = "unikernel_logs.ml"
LEVELS = "unikernel_levels.ml"
_LINE_DIRECTIVE = {".c": "#line", ".h": "#line"}  # and # in OCaml

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

_OLDER_CSTRUCT = "unikernel-cstruct"
_KEYS, _BOOT_LOGS = "unikernel-keys", "unikernel-keys.logs"
_LOG_LEVELS = "unikernel-log-levels"
# What packages of the distribution are linked with here besides. What brings implementations of
# MirageOS's interfaces is in the table of devices.
_BESIDE = {"cstruct": _OLDER_CSTRUCT, "lwt": "mirage-unikernel"}
# What has functions over Logs beside others: who names it is not linked with Logs for that.
_MENTION_LOGS = frozenset({"mirage-runtime", _LOG_LEVELS})
_LOGS = re.compile(r"\bLogs\b")
# What main modules of configured programs call.
_CONFIGURED = ("lwt", "mirage-unikernel", "unikernel-keys")
# A Solo5 application may bring a C library of its own: its definitions, coming first, win.
_OWN_LIBC = ("-z", "muldefs")
# A program with this function is a hosted one, whose main returns 0 at its end; any other is for
# a freestanding environment (ISO C, clause 4), as Solo5 compiles it.
_HOSTED_ENTRY = re.compile(r"\bmain\s*\(")
# What unikernel-cstruct has; only programs that use it are to carry it.
_OLDER_NAMES = re.compile(r"\b(?:len|set_len|add_len|blit_to_string)\b")


def wanted_packages(config: Config) -> tuple[str, ...]:
    """Return the packages that a request names, and those that its devices stand for."""
    if config.configuration:  # which names those of its devices
        return (*config.packages, *_CONFIGURED)
    drivers = device_table.drivers(SOURCES)
    packages = (*config.packages, *(drivers[device.kind] for device in config.devices))
    return tuple(dict.fromkeys(packages))


def implementations(config: Config, packages: tuple[Package, ...]) -> tuple[str, ...]:
    """Return the packages to link beside these: the devices behind their interfaces."""
    behind = _BESIDE
    if not config.configuration:
        logs = {"logs": _BOOT_LOGS} if _has_logs(config, packages) else {}
        behind = _BESIDE | logs | device_table.packages_behind(SOURCES)
    names = [package.name for package in packages if package.name in behind]
    return tuple(dict.fromkeys(behind[name] for name in names))


def _has_logs(config: Config, packages: tuple[Package, ...]) -> bool:
    """Say whether a program may log, itself or a package of it."""
    loggers = {package.name for package in packages if "logs" in package.requires}
    named = "logs" in config.packages or _LOGS.search("\n".join(config.sources.values()))
    return bool(named or loggers - _MENTION_LOGS)


def source_label(config: Config, file: str) -> str:
    """Return what errors call this source: a file by its path, a notebook's cell by its image."""
    if file in config.labels:
        return config.labels[file]
    return f"cell {config.name}" if len(config.sources) == 1 else file


# ---- OCaml


def ocaml_plan(config: Config, libos: Libos, packages: tuple[Package, ...]) -> Plan:
    """Return the plan of this build. Raises BadRequest when the sources make no program."""
    names.check_ocaml(config.sources, (MAIN, LOGS, MANIFEST))
    units = [name for name in config.sources if name.endswith(".ml")]
    if not units:
        raise BadRequest(f"Nothing to run in {config.name!r}: there is no .ml file.")
    first = (LOGS,) if _has(packages, _BOOT_LOGS) else ()
    steps = (
        _compile(config, libos, packages, tuple(config.sources)),
        _connect(units, libos, config.devices, packages),
        _link((*first, *_objects(units)), libos, packages),
    )
    logs = dict.fromkeys(first, "let () = Boot_logs.start ()\n")
    return _plan(config, libos, packages, files={**_numbered(config), **logs}, steps=steps)


def configured_plan(
    config: Config, program: Program, libos: Libos, packages: tuple[Package, ...]
) -> Plan:
    """Return the plan of a program whose main module the configure stage has written."""
    stubs, objects = c_stubs.compile_stubs(config, libos)
    units = [name for name in program.order if name.endswith(".ml")]
    # What reports logs may be the application's own, and levels are set all the same.
    logs = _has(packages, _LOG_LEVELS) and _LOGS.search("\n".join(config.sources.values()))
    first = (LEVELS,) if logs else ()
    steps = (
        _compile(config, libos, packages, program.order),
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
        **_numbered(config),
        **{name: f'# 1 "{name}"\n{text}' for name, text in generated.items()},
        **dict.fromkeys(first, "let () = Log_levels.be_linked ()\n"),
        MAIN: f'# 1 "{configuration.MAIN}"\n{program.main}',
        DEVICES: "".join(f"{device}\n" for device in config.devices),
    }
    return _plan(config, libos, packages, files=made, steps=steps, disks=program.disk_facts)


def _plan(
    config: Config,
    libos: Libos,
    packages: tuple[Package, ...],
    *,
    files: dict[str, str],
    steps: tuple[Step, ...],
    disks: Mapping[str, str] = MappingProxyType({}),
) -> Plan:
    passes = _passes(config, libos.base)
    return Plan(
        name=config.name,
        target=config.target,
        files={**files, LINKER: _linker(libos, passes)},
        steps=steps,
        product=PRODUCT,
        passes=passes,
        packages={package.name: package.version for package in packages},
        devices=config.devices,
        disks=disks,
    )


def _numbered(config: Config) -> dict[str, str]:
    """Return the sources with what has errors carry their own names and lines."""
    # An error at the end is on the last line of the cell, not behind it.
    return {
        name: f"{_LINE_DIRECTIVE.get(PurePath(name).suffix, '#')} {config.first_line} "
        f'"{source_label(config, name)}"\n{text.rstrip()}'
        for name, text in config.sources.items()
    }


def _compile(
    config: Config, libos: Libos, packages: tuple[Package, ...], files: tuple[str, ...]
) -> Step:
    compiler = [str(libos.tools.ocamlopt), "-c", "-g", *_includes(libos, packages)]
    for package in packages:
        compiler += ["-ppx", package.ppx] if package.ppx else []
    text = "\n".join(config.sources.values())
    if _has(packages, _OLDER_CSTRUCT) and _OLDER_NAMES.search(text):
        compiler += ["-open", "Older_names"]
    return Step("compile", (*compiler, *files))


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
    command += [*_includes(libos, packages), *(["--keys"] if _has(packages, _KEYS) else [])]
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
            *(*archives, *objects, MAIN, "-o", PRODUCT),
        ),
    )


def _includes(libos: Libos, packages: tuple[Package, ...]) -> list[str]:
    folders = dict.fromkeys(package.folder for package in packages)
    standard = str(libos.tools.ocaml_library)
    return [arg for folder in folders if folder != standard for arg in ("-I", folder)]


def _linker(libos: Libos, passes: tuple[str, ...]) -> str:
    """Return the script that ocamlopt runs in place of a C compiler to link."""
    interpreter = (f"--undefined={INTERPRETER}",) if INITIALISER_BYTECODE in passes else ()
    flags = shlex.join([*_ld(libos.base), f"@{libos.wrapped}", *interpreter])
    libraries = shlex.join(_group(libos.base, str(libos.runtime), str(libos.ocaml_runtime)))
    return f'#!/bin/sh\n{_KNOWS_BIGARRAYS}exec {flags} "$@" {libraries}\n'


# ---- C


def c_plan(config: Config, base: Base) -> Plan:
    """Return the plan of this build. Raises BadRequest when the sources make no program."""
    if config.packages:
        raise BadRequest(
            f"{config.name!r} is a program in C, and {config.packages[0]} a package of OCaml's.",
            hint="Leave the package out; libraries of C's come as sources beside the program.",
        )
    names.check_c(config.sources, (MAIN, MANIFEST))
    units = config.units or tuple(name for name in config.sources if name.endswith(".c"))
    if not units:
        raise BadRequest(f"Nothing to run in {config.name!r}: there is no .c file.")
    flags = _c_flags(config, units, base)
    objects = {unit: f"{number}-{PurePath(unit).stem}.o" for number, unit in enumerate(units)}
    libraries = _group(base, str(base.library("solo5")))
    files = {
        name: f'#line {config.first_line} "{source_label(config, name)}"\n{text}'
        for name, text in config.sources.items()
    }
    manifest, steps, wanted = _manifest(config, base, flags)
    compile_ = (str(base.tools.gcc), "-c", *flags)
    link = (*_ld(base), *_OWN_LIBC, "-o", PRODUCT, *objects.values(), *wanted, *libraries)
    return Plan(
        name=config.name,
        target=config.target,
        files={**files, **manifest},
        steps=(
            *(Step("compile", (*compile_, unit, "-o", made)) for unit, made in objects.items()),
            *steps,
            *_joined(base, tuple(objects.values())),
            Step("link", link),
        ),
        product=PRODUCT,
        passes=_passes(config, base),
        devices=config.devices,
    )


def _joined(base: Base, objects: tuple[str, ...]) -> tuple[Step, ...]:
    """Return what refuses a program that defines a name twice, which then wins over nobody."""
    if len(objects) == 1:
        return ()
    return (Step("link", (str(base.tools.ld), "-r", *objects, "-o", "program.o")),)


def _c_flags(config: Config, units: tuple[str, ...], base: Base) -> tuple[str, ...]:
    """Return the compiler's flags. Headers are found in every folder that there is one in."""
    hosted = any(_HOSTED_ENTRY.search(text) for text in config.sources.values())
    own = dict.fromkeys(str(PurePath(name).parent) for name in units)
    others = dict.fromkeys(str(PurePath(name).parent) for name in config.sources)
    return (
        *application(base.target, base.tools, SOURCES),
        "-fno-diagnostics-show-caret",  # the lines it would show are those of the copies
        *(() if hosted else ("-ffreestanding",)),
        *(f"-I{folder}" for folder in own),
        *(arg for folder in others if folder not in own for arg in ("-iquote", folder)),
    )


def _manifest(
    config: Config, base: Base, flags: tuple[str, ...]
) -> tuple[dict[str, str], tuple[Step, ...], tuple[str, ...]]:
    """Return the source of the manifest, what compiles it, and the linker's arguments for it.

    It is in an archive, so that a program's own manifest is taken instead.
    """
    if not config.devices:
        return {}, (), ()
    source = PurePath(MANIFEST)
    unit, archive = str(source.with_suffix(".o")), str(source.with_suffix(".a"))
    return (
        {MANIFEST: manifest_source(config.devices)},
        (
            Step("manifest", (str(base.tools.gcc), "-c", *flags, MANIFEST)),
            Step("manifest", (str(base.tools.ar), "rcsD", archive, unit)),
        ),
        ("-u", MANIFEST_SYMBOL, archive),
    )


# ---- the linker, and what goes over what it made


def _passes(config: Config, base: Base) -> tuple[str, ...]:
    without = (*base.target.without_passes, *config.without_passes)
    return postlink.chosen(config.language, without)


def _ld(base: Base) -> list[str]:
    """Return the linker's arguments before the objects. musl's libm comes ahead of glibc's."""
    tools = base.tools
    return [
        *(str(tools.ld), *base.target.link_flags, "-T", str(base.link_script), "-Map", MAP),
        *(f"-L{tools.musl.library.parent}", f"-L{tools.gcc_libraries}"),
    ]


def _group(base: Base, *libraries: str) -> list[str]:
    """Return the archives as arguments of the linker.

    `sys` is linked whole, so that its definitions win over musl's own for musl's calls too.
    """
    system = ("--whole-archive", str(base.library("sys")), "--no-whole-archive")
    beneath = (base.library("platform"), base.tools.musl.library, base.tools.libgcc)
    return [*system, "--start-group", *libraries, *map(str, beneath), "--end-group"]
