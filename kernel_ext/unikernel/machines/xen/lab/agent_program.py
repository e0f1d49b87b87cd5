"""Dom0's agent, compiled on this machine: a static program, with what unikernels are built with."""

from __future__ import annotations

import tempfile
from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path

from unikernel.errors import LabUnavailable
from unikernel_toolchain.tools import locate
from unikernel_toolchain.tools.run import Stop, output_of, run

_FLAGS = (
    *("-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-nostdinc"),
    *("-static", "-nostdlib", "-fno-pie", "-no-pie", "-s"),
)


def compiled(stop: Stop) -> bytes:
    """Return the agent. Raises ToolMissing, and LabUnavailable when it is not compiled."""
    with tempfile.TemporaryDirectory(prefix="uk-agent-") as path, _sources() as folder:
        program = Path(path) / "agent"
        compile_to(program, folder, stop)
        return program.read_bytes()


def _sources() -> AbstractContextManager[Path]:
    return as_file(files(__package__) / "agent")


def compile_to(program: Path, folder: Path, stop: Stop | None = None) -> None:
    """Compile the sources in a folder. Raises what `compiled` does."""
    musl, gcc = locate.musl(), locate.require("gcc")
    start = [musl.library.with_name(name) for name in ("crt1.o", "crti.o")]
    headers = ("-isystem", musl.include, "-isystem", locate.gcc_include())
    libgcc = locate.gcc_include().parent / "libgcc.a"
    archives = ("-Wl,--start-group", musl.library, libgcc, "-Wl,--end-group")
    end = musl.library.with_name("crtn.o")
    sources = sorted(folder.glob("*.c"))
    argv: list[str | Path] = [
        gcc,
        *_FLAGS,
        *headers,
        *start,
        *sources,
        *archives,
        end,
        "-o",
        program,
    ]
    made = run(argv, stop=stop)
    if made.returncode:
        raise LabUnavailable("Dom0's agent was not compiled.", detail=output_of(made))
