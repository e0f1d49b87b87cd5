"""Whether OCaml packages are compiled by the release of OCaml that a build uses.

Compiled OCaml fits one release only. Each file of it begins with twelve characters, of which the
last three change with the format (OCaml's utils/config.mlp): Caml1999Z030 in 4.13, …031 in 4.14.
"""

from __future__ import annotations

from pathlib import Path

from unikernel_toolchain.errors import PackageError
from unikernel_toolchain.tools.locate import Toolchain, ask, ocaml_library, require
from unikernel_toolchain.tools.run import run

from .packages import Package

_MAGIC_CHARACTERS = 12


def check(packages: tuple[Package, ...], tools: Toolchain) -> None:
    """Raise PackageError for a package that another release has compiled, or that needs a newer."""
    ours = _magic(tools.ocaml_library / "stdlib.cmxa")
    for package in packages:
        _check_release(package, tools)
        archives = () if package.own else package.archives
        if any(_magic(Path(package.folder) / name) not in {ours, b""} for name in archives):
            raise PackageError(
                f"Package {package.name} is compiled by another release of OCaml than "
                f"{tools.ocamlopt}, which is {ask('ocamlopt', '-version')}.",
                package=package.name,
                hint="Put the OCaml that it is for first on PATH, or name the findlib of this one "
                "in the environment variable OCAMLFIND.",
            )


def _check_release(package: Package, tools: Toolchain) -> None:
    if package.ocaml and tools.ocaml_version < tuple(map(int, package.ocaml.split("."))):
        raise PackageError(
            f"Package {package.name} needs OCaml {package.ocaml} or newer; {tools.ocamlopt} is "
            f"{ask('ocamlopt', '-version')}.",
            package=package.name,
            hint="Put a newer one first on PATH, or name it in the environment variable OCAMLOPT.",
        )


def findlib_agrees() -> bool:
    """Say whether findlib's own packages are for the release of ocamlopt. Raises ToolMissing."""
    answer = run([require("ocamlfind"), "printconf", "stdlib"])  # settings may change: not `ask`
    theirs = Path(answer.stdout.strip()) / "stdlib.cmxa"
    return _magic(theirs) == _magic(ocaml_library() / "stdlib.cmxa")


def _magic(file: Path) -> bytes:
    """Return how the file begins, b"" when it cannot be read."""
    try:
        with file.open("rb") as content:
            return content.read(_MAGIC_CHARACTERS)
    except OSError:
        return b""
