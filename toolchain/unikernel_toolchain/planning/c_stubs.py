"""C beside OCaml: functions that an application declares as external."""

from __future__ import annotations

from pathlib import PurePath

from unikernel_toolchain.library_os.c_archives import application, with_ocaml
from unikernel_toolchain.library_os.library_os import SOURCES, Libos
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.plan import Step


def compile_stubs(config: Config, libos: Libos) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """Return the steps that compile a program's C files, and the objects they leave."""
    units = [name for name in config.sources if name.endswith(".c")]
    objects = {unit: f"{number}-{PurePath(unit).stem}.o" for number, unit in enumerate(units)}
    folders = dict.fromkeys(str(PurePath(name).parent) for name in config.sources)
    command = (
        *(str(libos.tools.c.gcc), "-c"),
        *application(libos.target, libos.tools.c, SOURCES),
        *with_ocaml(libos.tools),
        "-fno-diagnostics-show-caret",  # the lines it would show are those of the copies
        *(f"-I{folder}" for folder in folders),
    )
    steps = tuple(Step("compile", (*command, unit, "-o", made)) for unit, made in objects.items())
    return steps, tuple(objects.values())
