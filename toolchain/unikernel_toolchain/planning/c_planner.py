"""Config to Plan, for programs in C."""

from __future__ import annotations

import re
from pathlib import PurePath

from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.library_os.base import Base
from unikernel_toolchain.library_os.c_archives import application
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.plan import Plan, Step
from unikernel_toolchain.sources import names

from . import labels, linker
from .manifest import MANIFEST, MANIFEST_SYMBOL, manifest_source

# A Solo5 application may bring a C library of its own: its definitions, coming first, win.
_OWN_LIBC = ("-z", "muldefs")
# A program with this function is a hosted one, whose main returns 0 at its end; any other is for
# a freestanding environment (ISO C, clause 4), as Solo5 compiles it.
_HOSTED_ENTRY = re.compile(r"\bmain\s*\(")


def c_plan(config: Config, base: Base) -> Plan:
    """Return the plan of this build. Raises BadRequest when the sources make no program."""
    if config.packages:
        raise BadRequest(
            f"{config.name!r} is a program in C, and {config.packages[0]} a package of OCaml's.",
            hint="Leave the package out; libraries of C's come as sources beside the program.",
        )
    names.check_c(config.sources, (MANIFEST,))
    units = config.units or tuple(name for name in config.sources if name.endswith(".c"))
    if not units:
        raise BadRequest(f"Nothing to run in {config.name!r}: there is no .c file.")
    flags = _c_flags(config, units, base)
    objects = {unit: f"{number}-{PurePath(unit).stem}.o" for number, unit in enumerate(units)}
    libraries = linker.archives(base, str(base.library("solo5")))
    files = {
        name: f'#line {config.first_line} "{labels.source_label(config, name)}"\n{text}'
        for name, text in config.sources.items()
    }
    manifest, steps, wanted = _manifest(config, base, flags)
    compile_ = (str(base.tools.gcc), "-c", *flags)
    link = (
        *linker.command(base),
        *_OWN_LIBC,
        "-o",
        linker.PRODUCT,
        *objects.values(),
        *wanted,
        *libraries,
    )
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
        product=linker.PRODUCT,
        passes=linker.passes(config, base),
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
