"""The library OS, built once per toolchain identity and target.

lib{platform,solo5,sys,runtime}.a   its C
link.lds                            the target's link script
packages/<name>/                    its OCaml packages, a findlib path of their own
slim/<package>/                     OCaml archives without unused primitives
connect                             writes the main module of an application
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from . import cache, slim
from .c_archives import LIBRARIES, archives, build_archive, hosted, with_ocaml
from .ocaml_packages import build_connect, build_package, own_packages
from .packages import Package, needed
from .run import Stop
from .sources import source_digest
from .targets import Target
from .tools import Toolchain

SOURCES = Path(__file__).parent / "libos"
_C_FUNCTIONS = "c-functions"
# The engine behind Printf and Format: its lines say nothing to a person, and take 26 KB.
_UNTRACED = frozenset({"CamlinternalFormat"})
_BUILDERS = ("libos.py", "c_archives.py", "ocaml_packages.py", "slim.py", "frametable.py", "elf.py")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Libos:
    """Where the parts of one built library OS are. They exist once `ensure` has returned."""

    folder: Path
    target: Target
    tools: Toolchain
    identity: str

    @property
    def include(self) -> Path:
        """The headers of C applications."""
        return SOURCES / "include"

    @property
    def link_script(self) -> Path:
        """The linker's script of the target."""
        return self.folder / "link.lds"

    @property
    def packages(self) -> Path:
        """The findlib path of the OCaml packages."""
        return self.folder / "packages"

    @property
    def connect(self) -> Path:
        """The program that writes an application's main module."""
        return self.folder / "connect"

    def is_whole(self) -> bool:
        """Say whether everything is there that a link needs."""
        files = [self.link_script, self.connect, *map(self.library, LIBRARIES)]
        return all(file.is_file() for file in files) and self.packages.is_dir()

    def library(self, name: str) -> Path:
        """Return the C archive of this name: platform, solo5, sys or runtime."""
        return self.folder / f"lib{name}.a"

    def package_folder(self, package: Package) -> Path:
        """Return where the compiled interfaces of a package are."""
        if package.own:
            return self.packages / Path(package.folder).relative_to(SOURCES / "packages")
        return Path(package.folder)

    def slim_archive(self, package: Package, archive: str) -> Path:
        """Return the archive to link: the slim copy of a distribution's, our own as it is."""
        if package.own:
            return self.package_folder(package) / archive
        return self.folder / "slim" / package.name / archive


def expected(target: Target, tools: Toolchain) -> Libos:
    """Return the library OS as it is, or will be, built with these tools. Builds nothing.

    Raises PackageMissing when its own packages need one that is not installed.
    """
    foreign = [p for p in own_packages(SOURCES / "packages") if not p.own]
    facts = [
        *tools.identity,
        repr(target),
        source_digest(SOURCES, *(SOURCES.parent / name for name in _BUILDERS)),
        *(f"{p.name} {p.version} {Path(p.meta).stat().st_mtime_ns}" for p in foreign),
    ]
    identity = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    return Libos(cache.libos_folder(identity, target.name), target, tools, identity)


def ensure(libos: Libos, *, progress: Progress | None = None, stop: Stop | None = None) -> None:
    """Build the library OS unless it is there. One builder at a time; the others wait for it.

    Calls `progress(what, done, total)` before each part and at the end.
    Raises ToolchainError, with the compiler's words, when a part does not compile.
    """
    if libos.is_whole():
        return
    with cache.locked(f"libos-{libos.folder.parent.name}-{libos.folder.name}"):
        if libos.is_whole():
            return
        with cache.new_folder(libos.folder) as draft:
            parts = _parts(replace(libos, folder=draft), stop or Stop())
            for done, (what, make) in enumerate(parts):
                if progress:
                    progress(what, done, len(parts))
                make()
            shutil.rmtree(libos.folder, ignore_errors=True)  # one that somebody damaged
            draft.rename(libos.folder)
        if progress:
            progress("library OS", len(parts), len(parts))


def _parts(libos: Libos, stop: Stop) -> list[tuple[str, Callable[[], None]]]:
    """Return what has to be made, in order: what to call it, and how to make it."""
    parts: list[tuple[str, Callable[[], None]]] = []
    for archive in archives(libos.target, libos.tools, SOURCES):
        make = partial(build_archive, archive, libos.folder, SOURCES, libos.tools, stop)
        parts.append((f"C: {archive.name}", make))
    parts.append(("OCaml: standard library", partial(_standard_library, libos)))
    packages = own_packages(SOURCES / "packages", stop)
    parts += [
        (f"OCaml: {package.name}", partial(_package, libos, package, packages, stop))
        for package in packages
        if package.own
    ]
    connect = partial(build_connect, SOURCES / "configure", libos.folder, libos.tools, stop)
    parts.append(("OCaml: connect", connect))
    return parts


def _standard_library(libos: Libos) -> None:
    tools = libos.tools
    shutil.copy2(SOURCES / "platform" / libos.target.link_script, libos.link_script)
    c_functions = slim.functions([tools.ocaml_library / "libasmrun.a", tools.musl.library])
    (libos.folder / _C_FUNCTIONS).write_text("\n".join(sorted(c_functions)))
    copy = libos.folder / "slim" / "stdlib"
    copy.mkdir(parents=True)
    shutil.copy2(tools.ocaml_library / "stdlib.cmxa", copy)
    slim.slim_file(tools.ocaml_library / "stdlib.a", copy / "stdlib.a", c_functions, _UNTRACED)


def _package(libos: Libos, package: Package, packages: tuple[Package, ...], stop: Stop) -> None:
    folder = libos.package_folder(package)
    includes = tuple(libos.package_folder(need) for need in needed(package, packages))
    flags = (*hosted(libos.target, libos.tools, SOURCES), *with_ocaml(libos.tools))
    build_package(package, folder, includes, stubs_flags=flags, tools=libos.tools, stop=stop)
    for archive in package.archives:
        code = (folder / archive).with_suffix(".a")
        slim.slim_file(code, code, _c_functions(libos) | slim.functions(folder.glob("lib*.a")))


def ensure_slim(libos: Libos, packages: tuple[Package, ...]) -> None:
    """Make the slim copies of the distribution's archives that these packages are linked from."""
    for package in packages:
        for archive in package.archives if not package.own else ():
            source, copy = Path(package.folder) / archive, libos.slim_archive(package, archive)
            code, slim_code = source.with_suffix(".a"), copy.with_suffix(".a")
            if _same_time(code, slim_code):
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            stubs = slim.functions(Path(package.folder).glob("lib*_stubs.a"))
            shutil.copy2(source, copy)
            slim.slim_file(code, slim_code, _c_functions(libos) | stubs)


def _same_time(source: Path, copy: Path) -> bool:
    return copy.exists() and copy.stat().st_mtime_ns == source.stat().st_mtime_ns


def _c_functions(libos: Libos) -> frozenset[str]:
    return frozenset((libos.folder / _C_FUNCTIONS).read_text().split("\n"))
