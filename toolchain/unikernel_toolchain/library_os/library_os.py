"""What OCaml programs need above the base, built once per toolchain identity and C flags.

It knows the base by include/ alone: targets whose C is compiled alike, as that of all machines is,
share it byte for byte.

libruntime.a                        the C that OCaml's own runtime stands on
wrapped                             which functions of that runtime it replaces
manifest.json                       what all this must be, see integrity.py
connect                             writes the main module of an application
weakened/<package>/                 the distribution's OCaml archives, see unused_externals.py
packages/<identity>/<package>/      its own OCaml packages, see packages.py
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from unikernel_toolchain.binary import unused_externals, weakened_runtime
from unikernel_toolchain.findlib.packages import Package
from unikernel_toolchain.sources import since
from unikernel_toolchain.store import cache, integrity, shared
from unikernel_toolchain.targets import Target
from unikernel_toolchain.tools.locate import Toolchain, version
from unikernel_toolchain.tools.progress import Steps
from unikernel_toolchain.tools.run import Stop

from . import base, device_table, ocaml
from .base import Base
from .c_archives import build_archive, runtime_archive

SOURCES = Path(__file__).parents[1] / "libos"
STEPS = 3
_FOLDER = "ocaml"
_CONFIGURE = ("configure/shared", "configure/connect")
_FOLDERS = ("include", "runtime/ocaml", *_CONFIGURE)
_BUILDERS = (
    *("library_os/library_os.py", "library_os/c_archives.py", "library_os/ocaml.py"),
    *("library_os/device_table.py", "store/integrity.py", "binary/elf.py"),
    *("binary/unused_externals.py", "binary/frametable.py", "binary/ocaml_symbols.py"),
    *("binary/weakened_runtime.py", "sources/since.py"),
)
_C_FUNCTIONS = "c-functions"
_OCAML_RUNTIME = "libasmrun.a"
_CONNECT = "unikernel_connect.ml"
_WRAP = "__wrap_"
# The engine behind Printf and Format: its lines say nothing to a person, and take 26 KB.
_WITHOUT_DEBUGINFO = frozenset({"CamlinternalFormat"})


@dataclass(frozen=True)
class Libos:
    """Where the parts of one built library OS are. They exist once `ensure` has returned."""

    folder: Path
    base: Base
    tools: Toolchain
    identity: str

    @property
    def target(self) -> Target:
        """What it is built for."""
        return self.base.target

    @property
    def runtime(self) -> Path:
        """The archive of the C that OCaml's own runtime stands on."""
        return self.folder / "libruntime.a"

    @property
    def wrapped(self) -> Path:
        """The linker's arguments for functions in place of the OCaml runtime's own."""
        return self.folder / "wrapped"

    @property
    def connect(self) -> Path:
        """The program that writes an application's main module."""
        return self.folder / "connect"

    @property
    def standard_library(self) -> Path:
        """The folder of OCaml's standard library, with its unused externals weakened."""
        return self.folder / "weakened" / "stdlib"

    @property
    def ocaml_runtime(self) -> Path:
        """OCaml's own runtime, beside its standard library, where ocamlopt looks for it too."""
        return self.standard_library / _OCAML_RUNTIME

    def archive(self, package: Package, name: str) -> Path:
        """Return the archive to link: the weakened copy of a distribution's, our own as it is."""
        if package.own:
            return Path(package.folder) / name
        return self.place("weakened", package.name) / name

    def place(self, *below: str) -> Path:
        """Return where a package is, or will be: beside the library OS, which may be shared."""
        return shared.place(*cache.libos_parts(self.identity, _FOLDER), *below)

    def is_intact(self) -> bool:
        """Say whether everything is there, as it was built. The base is asked by itself."""
        return not integrity.damage(self.folder)

    def c_functions(self) -> frozenset[str]:
        """Return the functions of the C beneath OCaml: its runtime's and musl's."""
        return frozenset((self.folder / _C_FUNCTIONS).read_text().split())


def expected(target: Target, tools: Toolchain) -> Libos:
    """Return the library OS as it is, or will be, built with these tools. Builds nothing."""
    facts = (*tools.c.identity, *tools.identity, repr(target.c_flags))
    identity = base.identity_of(facts, SOURCES, _FOLDERS, _BUILDERS)
    beneath = base.expected(target, tools.c, SOURCES)
    return Libos(shared.libos_folder(identity, _FOLDER), beneath, tools, identity)


def ensure(libos: Libos, steps: Steps, stop: Stop) -> None:
    """Build the library OS unless it is there, and whole. One builder at a time; others wait.

    Tells `steps` of STEPS steps, and of those of the base beneath it. Raises ToolchainError, with
    the compiler's output, when a part does not compile.
    """
    base.ensure(libos.base, steps, stop)
    if libos.is_intact():
        return
    with cache.locked(f"libos-{libos.folder.parent.name}-{libos.folder.name}"):
        if not libos.is_intact():
            make = partial(_build, libos, steps, stop)
            integrity.renew(libos.folder, "the library OS of OCaml", make)


def _build(libos: Libos, steps: Steps, stop: Stop, folder: Path) -> None:
    for what, make in _parts(replace(libos, folder=folder), stop):
        steps.begin(what)
        make()


def _parts(libos: Libos, stop: Stop) -> list[tuple[str, Callable[[], None]]]:
    """Return what has to be made, in order: what to call it, and how to make it."""
    return [
        ("C: runtime", partial(_runtime, libos, stop)),
        ("OCaml: standard library", partial(_standard_library, libos)),
        ("OCaml: connect", partial(_connect, libos, stop)),
    ]


def _runtime(libos: Libos, stop: Stop) -> None:
    archive = runtime_archive(libos.target, libos.tools, SOURCES)
    build_archive(archive, libos.folder, SOURCES, libos.tools.c, stop)
    # Each __wrap_NAME takes the place of NAME (ld, --wrap).
    functions = sorted(unused_externals.defined_functions([libos.runtime]))
    wrapped = [name.removeprefix(_WRAP) for name in functions if name.startswith(_WRAP)]
    libos.wrapped.write_text("".join(f"--wrap={name}\n" for name in wrapped))


def _standard_library(libos: Libos) -> None:
    tools = libos.tools
    runtime = tools.ocaml_library / _OCAML_RUNTIME
    c_functions = unused_externals.defined_functions([runtime, tools.c.musl.library])
    (libos.folder / _C_FUNCTIONS).write_text("\n".join(sorted(c_functions)))
    copy = libos.standard_library
    copy.mkdir(parents=True)
    shutil.copy2(tools.ocaml_library / "stdlib.cmxa", copy)
    unused_externals.write_weakened(
        tools.ocaml_library / "stdlib.a", copy / "stdlib.a", c_functions, _WITHOUT_DEBUGINFO
    )
    libos.ocaml_runtime.write_bytes(weakened_runtime.weakened(runtime.read_bytes()))


def _connect(libos: Libos, stop: Stop) -> None:
    work = libos.folder / "configure"
    work.mkdir()
    files = sorted(file for it in _CONFIGURE for file in (SOURCES / it).rglob("*.ml*"))
    for file in since.holding(files, {"ocaml": version("ocamlopt")}):
        shutil.copy2(file, work)
    (work / device_table.OCAML).write_text(device_table.in_ocaml(SOURCES), encoding="utf-8")
    units = ocaml.sorted_units(work, libos.tools, stop)
    # The compiler's library has some 300 modules, and other ones in every release.
    (work / _CONNECT).write_text(ocaml.one_unit(work, units), encoding="utf-8")
    command: list[str | Path] = [libos.tools.ocamlopt, "-g", *ocaml.WARNINGS]
    command += ["-I", "+compiler-libs", "ocamlcommon.cmxa", _CONNECT, "-o", libos.connect]
    ocaml.call(command, work, "connect", stop)
    shutil.rmtree(work)
