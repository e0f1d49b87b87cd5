"""Compiles the library OS's OCaml sources."""

from __future__ import annotations

from pathlib import Path

from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.tools import tool_os_errors
from unikernel_toolchain.tools.locate import Toolchain
from unikernel_toolchain.tools.run import Stop, output_of, run

HINT = "Are all OCaml packages of one release? `unikernel doctor` tells."
WARNINGS = ("-w", "+a-4-9-40-41-42-44-45-70", "-warn-error", "+a")


def sorted_units(folder: Path, tools: Toolchain, stop: Stop) -> list[str]:
    """Return the source files in `folder` in the order to compile them."""
    files = sorted(path.name for path in folder.glob("*.ml*") if path.suffix in {".ml", ".mli"})
    return call([tools.ocamldep, "-sort", *files], folder, folder.name, stop).split()


def call(command: list[str | Path], folder: Path, what: str, stop: Stop, hint: str = HINT) -> str:
    """Run a program of OCaml's in `folder` and return what it printed.

    Raises ToolchainError, with the program's output, when it fails; `what` was being built.
    OSError when it was the operating system that refused something.
    """
    process = run(command, folder=folder, variables={"TMPDIR": str(folder)}, stop=stop)
    if process.returncode != 0:
        tool_os_errors.check(process, folder)
        raise ToolchainError(
            f"The library OS does not build: {what}.",
            detail=output_of(process).strip(),
            hint=hint,
        )
    return process.stdout


def one_unit(folder: Path, files: list[str]) -> str:
    """Return the sources in `folder`, in the order to compile them, as the text of one unit.

    Its modules are the unit's own: none can clash with one of a library that it is linked with.
    """
    # An interface may come long before the modules that its implementation uses.
    modules = [Path(name).stem for name in files if name.endswith(".ml")]
    return "".join(_submodule(folder / stem) for stem in modules)


def _submodule(source: Path) -> str:
    interface = source.with_suffix(".mli")
    signature = f" : sig\n{_lines(interface)}end" if interface.is_file() else ""
    structure = f"struct\n{_lines(source.with_suffix('.ml'))}end"
    return f"module {source.name[:1].upper()}{source.name[1:]}{signature} = {structure}\n"


def _lines(file: Path) -> str:
    return f'# 1 "{file.name}"\n{file.read_text(encoding="utf-8")}\n'
