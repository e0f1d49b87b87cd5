"""Programs and files of the distribution that a build uses: where they are, which ones they are."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from unikernel_toolchain.errors import ToolMissing

from . import requirements
from .requirements import apt_package
from .run import output_of, program_path, run

C_PROGRAMS = ("gcc", "ld", "ar", "objcopy")
OCAML_PROGRAMS = ("ocamlopt", "ocamldep")
_OCAML_ARCHIVES = ("stdlib.a", "libasmrun.a", "compiler-libs/ocamlcommon.a")
_MUSL_PLACES = (  # (headers, libraries): Debian and Ubuntu; musl's own install; Alpine
    ("/usr/include/x86_64-linux-musl", "/usr/lib/x86_64-linux-musl"),
    ("/usr/local/musl/include", "/usr/local/musl/lib"),
    ("/usr/include", "/usr/lib"),
)
_HEADERS = {"xen": (Path("/usr/include/xen"), "xen.h", "Xen's public headers")}
_VERSION_QUESTIONS = dict.fromkeys(OCAML_PROGRAMS, "-version")
_ANSWER_TIME_LIMIT_S = 20.0


@dataclass(frozen=True)
class Musl:
    """The C library beneath applications: its headers and its libc.a."""

    include: Path
    library: Path


@dataclass(frozen=True)
class CTools:
    """What every program is built with, found; `identity` changes whenever it does."""

    gcc: Path
    ld: Path
    ar: Path
    objcopy: Path
    gcc_include: Path
    gcc_libraries: Path
    musl: Musl
    identity: tuple[str, ...]

    @property
    def libgcc(self) -> Path:
        """What gcc calls for arithmetic that the processor lacks."""
        return self.gcc_include.parent / "libgcc.a"


@dataclass(frozen=True)
class Toolchain:
    """What OCaml programs are built with; `identity` changes whenever that of OCaml does."""

    c: CTools
    ocamlopt: Path
    ocamldep: Path
    ocaml_library: Path
    ocaml_version: tuple[int, int]
    identity: tuple[str, ...]


def find(name: str) -> Path | None:
    """Return the program, or None. The environment variable NAME, in capitals, comes first."""
    wanted = os.environ.get(name.upper().replace("-", "_"), name)
    found = shutil.which(wanted, path=program_path())
    return Path(found) if found else None


def require(name: str) -> Path:
    """Return the program. Raises ToolMissing, which names the package to install."""
    path = find(name)
    if path is not None:
        return path
    variable = name.upper().replace("-", "_")
    if variable in os.environ:
        raise ToolMissing(
            f"{variable} says {os.environ[variable]!r}, which is no program.",
            hint=f"Correct or unset the environment variable {variable}.",
        )
    raise ToolMissing(f"{name} is not installed.", hint=install_hint(apt_package(name)))


def install_hint(apt_package: str) -> str:
    """Say how to install a package of the distribution."""
    return f"Install it: sudo apt-get install {apt_package}"


def musl() -> Musl:
    """Return where musl is; MUSL names a folder with include/ and lib/ that comes first.

    Raises ToolMissing when there is none.
    """
    prefix = os.environ.get("MUSL")
    places = [(f"{prefix}/include", f"{prefix}/lib")] if prefix else list(_MUSL_PLACES)
    for include, library in places:
        archive = Path(library) / "libc.a"
        if archive.is_file() and (Path(include) / "stdio.h").is_file():
            return Musl(Path(include), archive)
    raise ToolMissing(
        "musl, the C library of the guests, is not installed.",
        hint=install_hint(apt_package("musl")),
    )


def headers(name: str) -> Path:
    """Return the folder of headers that some targets are compiled with.

    The environment variable NAME_HEADERS, in capitals, names another one. Raises ToolMissing.
    """
    place, one, what = _HEADERS[name]
    folder = Path(os.environ.get(f"{name.upper()}_HEADERS", place))
    if (folder / one).is_file():
        return folder
    hint = install_hint(apt_package(f"{name}-headers"))
    raise ToolMissing(f"{what} are not installed: there is no {folder / one}.", hint=hint)


def gcc_include() -> Path:
    """Return the folder of the compiler's own headers (stddef.h, stdarg.h, ...)."""
    return Path(ask("gcc", "-print-file-name=include"))


def gcc_libraries() -> Path:
    """Return the folder of the distribution's C libraries, libgmp.a for one."""
    return Path("/usr/lib") / ask("gcc", "-print-multiarch")


def ocaml_library() -> Path:
    """Return the folder of OCaml's standard library."""
    return Path(ask("ocamlopt", "-where"))


def ocaml_version() -> tuple[int, int]:
    """Return OCaml's major and minor version."""
    major, minor, *_ = re.findall(r"\d+", version("ocamlopt"))
    return int(major), int(minor)


def version(name: str) -> str:
    """Return the first line of of what the program prints for --version. Raises ToolMissing."""
    return ask(name, _VERSION_QUESTIONS.get(name, "--version"))


def _identity(programs: tuple[str, ...], archives: Iterable[Path]) -> tuple[str, ...]:
    """Return lines that change whenever the programs or the archives do. Raises ToolMissing."""
    versions = [f"{name}: {version(name)}" for name in programs]
    return (*versions, *(f"{path}: {_stamp(path)}" for path in archives))


def check_machine() -> None:
    """Raise ToolMissing when this machine or this Python cannot build unikernels."""
    for fault in filter(None, (requirements.host_fault(), requirements.python_fault())):
        raise ToolMissing(fault.what, hint=fault.hint)


def check_ocaml() -> None:
    """Raise ToolMissing when OCaml's runtime is not one that the library OS can carry."""
    program = str(require("ocamlopt"))
    fault = requirements.ocaml_fault(program, version("ocamlopt"))
    fault = fault or requirements.variant_fault(program, answer_of("ocamlopt", "-config"))
    if fault:
        raise ToolMissing(fault.what, hint=fault.hint)


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError as problem:
        kind = "compiler-libs" if path.parent.name == "compiler-libs" else "ocamlopt"
        raise ToolMissing(f"{path} is missing.", hint=install_hint(apt_package(kind))) from problem
    return f"{status.st_size} bytes of {status.st_mtime_ns} ns"


def locate_c() -> CTools:
    """Find what programs in C are built with. Raises ToolMissing for the first that is missing."""
    check_machine()
    return CTools(
        gcc=require("gcc"),
        ld=require("ld"),
        ar=require("ar"),
        objcopy=require("objcopy"),
        gcc_include=gcc_include(),
        gcc_libraries=gcc_libraries(),
        musl=musl(),
        identity=_identity(C_PROGRAMS, [musl().library]),
    )


def locate() -> Toolchain:
    """Find what OCaml programs are built with. Raises ToolMissing for the first that is missing."""
    check_machine()
    check_ocaml()
    library = ocaml_library()
    return Toolchain(
        c=locate_c(),
        ocamlopt=require("ocamlopt"),
        ocamldep=require("ocamldep"),
        ocaml_library=library,
        ocaml_version=ocaml_version(),
        identity=_identity(OCAML_PROGRAMS, [library / name for name in _OCAML_ARCHIVES]),
    )


def ask(name: str, question: str) -> str:
    """Return the first line of a program's answer, see `answer_of`."""
    return answer_of(name, question).partition("\n")[0]


def answer_of(name: str, question: str) -> str:
    """Return a program's answer to one word; asked once as long as the program stays.

    Raises ToolMissing when there is no such program or it does not run.
    """
    path = require(name)
    status = path.stat()
    return _ask(path, question, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _ask(path: Path, question: str, _size: int, _mtime_ns: int) -> str:
    answer = run([path, question], time_limit_s=_ANSWER_TIME_LIMIT_S)
    if answer.returncode != 0:
        raise ToolMissing(
            f"{path} does not work: {question} made it fail.", detail=output_of(answer)
        )
    return answer.stdout.strip()
