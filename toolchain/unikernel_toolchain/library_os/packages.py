"""OCaml packages to link: ours compiled, unused externals weakened in the distribution's.

Each is made when an application first asks for it.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

from unikernel_toolchain.binary import unused_externals
from unikernel_toolchain.findlib.own_sources import source_files
from unikernel_toolchain.findlib.packages import Package, needed
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.store.source_digest import source_digest
from unikernel_toolchain.tools.locate import version
from unikernel_toolchain.tools.progress import Steps
from unikernel_toolchain.tools.run import Stop

from . import ocaml
from .c_archives import CArchive, build_archive, hosted, with_ocaml
from .library_os import SOURCES, Libos

_IDENTITY_CHARACTERS = 12


def with_build_folders(libos: Libos, packages: tuple[Package, ...]) -> tuple[Package, ...]:
    """Return the packages with ours in the folders where they are, or will be, built.

    A folder is named after everything that its content depends on. Builds nothing.
    """
    release = version("ocamlopt")
    stamps = {each.name: _stamp(each, needed(each, packages), release) for each in packages}

    def with_build_folder(package: Package) -> Package:
        facts = [stamps[each.name] for each in (*needed(package, packages), package)]
        identity = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:_IDENTITY_CHARACTERS]
        folder = libos.place("packages", identity, package.name)
        return replace(package, folder=str(folder))

    return tuple(with_build_folder(package) if package.own else package for package in packages)


def _stamp(package: Package, needs: tuple[Package, ...], ocaml_version: str) -> str:
    if package.own:
        sources = _sources(package, needs, ocaml_version)
        return f"{package.name} {source_digest(Path(package.meta), *sources)}"
    changed_ns = Path(package.meta).stat().st_mtime_ns
    return f"{package.name} {package.version} {package.meta} {changed_ns}"


def _sources(package: Package, needs: tuple[Package, ...], ocaml_version: str) -> tuple[Path, ...]:
    versions = {need.name: need.version for need in needs} | {"ocaml": ocaml_version}
    return source_files(Path(package.source), Path(package.meta), versions)


def built_folders(libos_folder: Path) -> list[Path]:
    """Return the folders of the packages that are built for this library OS."""
    inside = PurePath(*libos_folder.parts[-len(cache.libos_parts("", "")) :])
    weakened = [place for place in cache.finished(f"{inside}/weakened/*") if place.name != "stdlib"]
    return [*weakened, *cache.finished(f"{inside}/packages/*/*")]


def missing(libos: Libos, packages: tuple[Package, ...]) -> tuple[Package, ...]:
    """Return those of the packages `with_build_folders` that `build` would have to work on."""
    return tuple(package for package in packages if not _is_built(libos, package))


def _is_built(libos: Libos, package: Package) -> bool:
    if not package.archives:
        return True
    return not integrity.damage(_folder(libos, package)) and _is_current(libos, package)


def _folder(libos: Libos, package: Package) -> Path:
    """Return the folder of what is linked of a package."""
    return libos.archive(package, package.archives[0]).parent


def _is_current(libos: Libos, package: Package) -> bool:
    """Whether weakened copies are those of the archives that are installed now."""
    if package.own:
        return True
    for archive in package.archives:
        copy = libos.archive(package, archive).with_suffix(".a")
        source = (Path(package.folder) / archive).with_suffix(".a")
        if not copy.is_file() or copy.stat().st_mtime_ns != source.stat().st_mtime_ns:
            return False
    return True


def build(
    libos: Libos,
    absent: tuple[Package, ...],
    packages: tuple[Package, ...],
    steps: Steps,
    stop: Stop,
) -> None:
    """Build those of the packages that are `missing`. The library OS itself must be there.

    Ours are compiled; in copies of the distribution's archives unused externals become weak.
    Tells `steps` of one step a package. Raises ToolchainError with the compiler's output.
    """
    for package in absent:
        steps.begin(f"OCaml: {package.name}")
        with cache.locked(f"{libos.folder.parent.name}-{libos.folder.name}-{package.name}"):
            if not missing(libos, (package,)):  # another builder was faster
                continue
            make = partial(_weaken, libos, package)
            if package.own:
                make = partial(_compile, libos, package, needed(package, packages), stop)
            integrity.renew(_folder(libos, package), f"package {package.name}", make)


def _weaken(libos: Libos, package: Package, folder: Path) -> None:
    stubs = unused_externals.defined_functions(Path(package.folder).glob("lib*_stubs.a"))
    for archive in package.archives:
        source = Path(package.folder) / archive
        shutil.copy2(source, folder)
        code = source.with_suffix(".a")
        unused_externals.write_weakened(code, folder / code.name, libos.c_functions() | stubs)


def _compile(
    libos: Libos, package: Package, needs: tuple[Package, ...], stop: Stop, folder: Path
) -> None:
    """Compile a package into `folder`: its interfaces, its archive and its C stubs."""
    sources = _sources(package, needs, version("ocamlopt"))
    for file in sources:
        shutil.copy2(file, folder)
    link = _stubs(libos, package, sources, folder, stop)
    search = [arg for need in needs for arg in ("-I", need.folder)]
    # Without alias dependencies, who uses a module by another name is linked with that one alone.
    flags = ("-a", "-g", "-no-alias-deps", *ocaml.WARNINGS)
    command: list[str | Path] = [libos.tools.ocamlopt, *flags, *search, *link]
    (archive,) = package.archives
    units = ocaml.sorted_units(folder, libos.tools, stop)
    hint = _which_releases(package, needs)
    ocaml.call([*command, "-o", archive, *units], folder, package.name, stop, hint)
    code = (folder / archive).with_suffix(".a")
    c_functions = libos.c_functions() | unused_externals.defined_functions(folder.glob("lib*.a"))
    # Of what our packages raise, a person needs the application's own lines; where a library of
    # ours was, debug.elf says. Lines of all of them would be a twelfth of an image with a network.
    modules = frozenset(Path(unit).stem.capitalize() for unit in units)
    unused_externals.write_weakened(code, code, c_functions, modules)


def _which_releases(package: Package, needs: tuple[Package, ...]) -> str:
    """Return what to look at when a package of ours does not compile: it did against others."""
    direct = [need for need in needs if need.name in package.requires and not need.own]
    if not direct:
        return ocaml.HINT
    releases = ", ".join(f"{need.name} {need.version}".strip() for need in direct)
    newer = "is one of them newer than Debian 13's"
    return f"It is compiled against {releases}: {newer}? {ocaml.HINT}"


def _stubs(
    libos: Libos, package: Package, sources: tuple[Path, ...], folder: Path, stop: Stop
) -> list[str]:
    """Compile a package's C, if it has some, and return how its archive asks for it."""
    files = tuple(file for file in sources if file.suffix == ".c")
    if not files:
        return []
    name = f"{package.name}_stubs"
    flags = (*hosted(libos.target, libos.tools.c, SOURCES), *with_ocaml(libos.tools))
    build_archive(CArchive(name, files, flags), folder, Path(package.source), libos.tools.c, stop)
    return ["-cclib", f"-l{name}"]
