"""Builds the library OS's OCaml packages and the program that writes main modules."""

from __future__ import annotations

import shutil
from functools import lru_cache
from pathlib import Path

from .c_archives import CArchive, build_archive
from .errors import PackageMissing, ToolchainError
from .packages import Package, installed_places, resolve
from .run import Stop, run
from .tools import Toolchain

WARNINGS = ("-w", "+a-4-9-40-41-42-44-45-70", "-warn-error", "+a")


def own_packages(sources: Path, stop: Stop | None = None) -> tuple[Package, ...]:
    """Return the packages in `sources` that can be built and all they need, in that order.

    One that needs a package which is not installed is left out; who asks for it by name gets
    PackageMissing from `resolve`.
    """
    names = tuple(sorted(meta.parent.name for meta in sources.glob("*/META")))
    try:
        return resolve(names, sources, stop=stop)
    except PackageMissing:
        usable = _usable(names, sources, tuple(map(_time_ns, installed_places())))
        return resolve(usable, sources, stop=stop)


@lru_cache(maxsize=2)
def _usable(names: tuple[str, ...], sources: Path, _times_ns: tuple[int, ...]) -> tuple[str, ...]:
    """Return those that resolve; asked again when a package has come or gone."""
    return tuple(name for name in names if _resolves(name, sources))


def _resolves(name: str, sources: Path) -> bool:
    try:
        resolve((name,), sources)
    except PackageMissing:
        return False
    return True


def _time_ns(folder: Path) -> int:
    return folder.stat().st_mtime_ns if folder.is_dir() else 0


def build_package(
    package: Package,
    folder: Path,
    includes: tuple[Path, ...],
    *,
    stubs_flags: tuple[str, ...],
    tools: Toolchain,
    stop: Stop,
) -> None:
    """Compile a package's sources into `folder`, where findlib will find it.

    `includes` are the compiled folders of the packages it needs.
    Raises ToolchainError with the compiler's words.
    """
    source = Path(package.folder)
    shutil.copytree(source, folder, dirs_exist_ok=True)
    if not package.archives:
        return
    stubs = tuple(sorted(source.glob("*.c")))
    link: list[str] = []
    if stubs:
        archive = CArchive(f"{package.name}_stubs", stubs, stubs_flags)
        build_archive(archive, folder, source, tools, stop)
        link = ["-cclib", f"-l{package.name}_stubs"]
    units = _sorted_units(folder, tools, stop)
    search: list[str | Path] = [word for include in includes for word in ("-I", include)]
    command = [tools.ocamlopt, "-a", "-g", *WARNINGS, *search, *link]
    _ocaml([*command, "-o", package.archives[0], *units], folder, package.name, stop)


def build_connect(sources: Path, folder: Path, tools: Toolchain, stop: Stop) -> None:
    """Compile the program `connect` into `folder`. Raises ToolchainError."""
    work = folder / "configure"
    shutil.copytree(sources, work)
    units = _sorted_units(work, tools, stop)
    libraries = ["-I", "+compiler-libs", "ocamlcommon.cmxa"]
    command: list[str | Path] = [tools.ocamlopt, "-g", *WARNINGS]
    command += [*libraries, *units, "-o", folder / "connect"]
    _ocaml(command, work, "connect", stop)
    shutil.rmtree(work)


def _sorted_units(folder: Path, tools: Toolchain, stop: Stop) -> list[str]:
    files = sorted(path.name for path in folder.glob("*.ml*") if path.suffix in (".ml", ".mli"))
    answer = _ocaml([tools.ocamldep, "-sort", *files], folder, folder.name, stop)
    return answer.split()


def _ocaml(command: list[str | Path], folder: Path, what: str, stop: Stop) -> str:
    finished = run(command, folder=folder, variables={"TMPDIR": str(folder)}, stop=stop)
    if finished.status != 0:
        raise ToolchainError(
            f"The library OS does not build: {what}.",
            detail=finished.text.strip(),
            hint="Are all OCaml packages of one release? `unikernel doctor` tells.",
        )
    return finished.output
