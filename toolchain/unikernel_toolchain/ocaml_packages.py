"""OCaml packages made ready to link: ours compiled, the distribution's archives slimmed.

Each is made when an application first asks for it.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

from . import cache, ocaml, slim
from .c_archives import CArchive, build_archive, hosted, with_ocaml
from .libos import SOURCES, Libos
from .packages import Package, needed
from .progress import Steps
from .run import Stop
from .sources import source_digest

_IDENTITY_CHARACTERS = 12


def place(libos: Libos, packages: tuple[Package, ...]) -> tuple[Package, ...]:
    """Return the packages with ours in the folders where they are, or will be, built.

    A folder is named after everything that its content depends on. Builds nothing.
    """
    stamps = {package.name: _stamp(package) for package in packages}

    def placed(package: Package) -> Package:
        facts = [stamps[each.name] for each in (*needed(package, packages), package)]
        identity = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:_IDENTITY_CHARACTERS]
        folder = libos.folder / "packages" / identity / package.name
        return replace(package, folder=str(folder))

    return tuple(placed(package) if package.own else package for package in packages)


def _stamp(package: Package) -> str:
    if package.own:
        return f"{package.name} {source_digest(Path(package.source))}"
    return f"{package.name} {package.version} {Path(package.meta).stat().st_mtime_ns}"


def unready(libos: Libos, packages: tuple[Package, ...]) -> tuple[Package, ...]:
    """Return those of these placed packages that `make_ready` would have to work on."""
    return tuple(
        package
        for package in packages
        if not all(_is_ready(libos, package, archive) for archive in package.archives)
    )


def _is_ready(libos: Libos, package: Package, archive: str) -> bool:
    code = libos.archive(package, archive).with_suffix(".a")
    if package.own:
        return code.is_file()
    source = (Path(package.folder) / archive).with_suffix(".a")
    return code.is_file() and code.stat().st_mtime_ns == source.stat().st_mtime_ns


def make_ready(libos: Libos, packages: tuple[Package, ...], steps: Steps, stop: Stop) -> None:
    """Compile or slim what is not ready yet. The library OS itself must be there.

    Tells `steps` of one step a package. Raises ToolchainError with the compiler's words.
    """
    for package in unready(libos, packages):
        steps.begin(f"OCaml: {package.name}")
        with cache.locked(f"{libos.folder.parent.name}-{libos.folder.name}-{package.name}"):
            if not unready(libos, (package,)):  # another builder was faster
                continue
            if package.own:
                _compile(libos, package, needed(package, packages), stop)
            else:
                _slim(libos, package)


def _slim(libos: Libos, package: Package) -> None:
    stubs = slim.functions(Path(package.folder).glob("lib*_stubs.a"))
    for archive in package.archives:
        source, copy = Path(package.folder) / archive, libos.archive(package, archive)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, copy)
        code = source.with_suffix(".a")
        slim.slim_file(code, copy.with_suffix(".a"), libos.c_functions() | stubs)


def _compile(libos: Libos, package: Package, needs: tuple[Package, ...], stop: Stop) -> None:
    folder = Path(package.folder)
    with cache.new_folder(folder) as draft:
        _compile_into(draft, libos, package, needs, stop)
        shutil.rmtree(folder, ignore_errors=True)  # one that somebody damaged
        draft.rename(folder)


def _compile_into(
    folder: Path, libos: Libos, package: Package, needs: tuple[Package, ...], stop: Stop
) -> None:
    """Compile a package into `folder`: its interfaces, its archive and its C stubs."""
    for file in Path(package.source).iterdir():
        if file.is_file():
            shutil.copy2(file, folder)
    link = _stubs(libos, package, folder, stop)
    search = [word for need in needs for word in ("-I", need.folder)]
    command: list[str | Path] = [libos.tools.ocamlopt, "-a", "-g", *ocaml.WARNINGS, *search, *link]
    (archive,) = package.archives
    units = ocaml.sorted_units(folder, libos.tools, stop)
    ocaml.call([*command, "-o", archive, *units], folder, package.name, stop)
    code = (folder / archive).with_suffix(".a")
    c_functions = libos.c_functions() | slim.functions(folder.glob("lib*.a"))
    slim.slim_file(code, code, c_functions)


def _stubs(libos: Libos, package: Package, folder: Path, stop: Stop) -> list[str]:
    """Compile a package's C, if it has some, and return how its archive asks for it."""
    source = Path(package.source)
    files = tuple(sorted(source.glob("*.c")))
    if not files:
        return []
    name = f"{package.name}_stubs"
    flags = (*hosted(libos.target, libos.tools, SOURCES), *with_ocaml(libos.tools))
    build_archive(CArchive(name, files, flags), folder, source, libos.tools, stop)
    return ["-cclib", f"-l{name}"]
