"""Which installed package has a module: the hint beside "Unbound module"."""

from __future__ import annotations

import re
from pathlib import Path

from unikernel_toolchain.tools.locate import ocaml_library, require
from unikernel_toolchain.tools.run import run

from .own_sources import source_files
from .packages import form, installed, records, search_path


def packages_with(module: str, own_packages: Path) -> tuple[str, ...]:
    """Return the findlib names of the installed packages that bring this module, best first."""
    variables = {"OCAMLPATH": search_path(own_packages)}
    query: list[str | Path] = [require("ocamlfind"), "query"]
    query += [*form("pdmA"), *installed(own_packages)]
    places = run(query, variables=variables)
    stem = module[:1].lower() + module[1:]
    standard = ocaml_library()
    found = []
    for name, folder, meta, archives in records(places.stdout):
        place = Path(folder)
        if Path(meta).is_relative_to(own_packages):
            brings = _has_source(place, Path(meta), stem)
        elif place == standard:
            brings = any(_has_member(place / archive, stem) for archive in archives.split())
        else:
            brings = _has(place, stem)
        if brings:
            exact = f"{stem}.cmxa" in archives.split()
            found.append((not exact, name.count("."), name, place))
    # Who has an archive of the module's name has the module; others only lie beside it.
    owned = {place for others, _, _, place in found if not others}
    having = [it[:3] for it in found if not it[0] or it[3] not in owned]
    return tuple(name for _, _, name in sorted(having))


def all_modules(own_packages: Path) -> frozenset[str]:
    """Return the names of the modules of all installed packages, to suggest one."""
    variables = {"OCAMLPATH": search_path(own_packages)}
    query: list[str | Path] = [require("ocamlfind"), "query", *form("d")]
    places = run([*query, *installed(own_packages)], variables=variables)
    folders = {Path(folder) for (folder,) in records(places.stdout)}
    files = (file for folder in folders for file in folder.glob("*"))
    stems = {file.stem for file in files if file.suffix in {".cmi", ".mli", ".ml"}}
    return frozenset(stem[:1].upper() + stem[1:] for stem in stems if "__" not in stem)


def _has(folder: Path, stem: str) -> bool:
    names = (f"{stem}.cmi", f"{stem}.mli", f"{stem}.ml")
    return any((folder / name).is_file() for name in names)


def _has_member(archive: Path, stem: str) -> bool:
    """Say whether an archive has a module: beside the standard library lie those of several."""
    code = archive.with_suffix(".a")
    member = re.compile(rf"\b{stem}\.o/".encode())
    return code.is_file() and member.search(code.read_bytes()) is not None


def _has_source(folder: Path, meta: Path, stem: str) -> bool:
    """Say whether a package of ours, which may not be built yet, has a module."""
    names = {f"{stem}.mli", f"{stem}.ml"}  # the same in every version
    return any(file.name in names for file in source_files(folder, meta, {}))
