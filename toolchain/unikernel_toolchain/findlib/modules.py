"""Which installed package has a module: the hint beside "Unbound module"."""

from __future__ import annotations

from pathlib import Path

from unikernel_toolchain.tools.locate import require
from unikernel_toolchain.tools.run import run

from .own_sources import source_files
from .packages import installed, search_path


def packages_with(module: str, own_packages: Path) -> tuple[str, ...]:
    """Return the findlib names of the installed packages that bring this module, best first."""
    variables = {"OCAMLPATH": search_path(own_packages)}
    form = "%p\t%d\t%m\t%A"
    query = (require("ocamlfind"), "query", "-predicates", "native", "-format", form)
    places = run([*query, *installed(own_packages)], variables=variables)
    stem = module[:1].lower() + module[1:]
    found = []
    for line in places.stdout.splitlines():
        name, folder, meta, archives = line.split("\t")
        own = Path(meta).is_relative_to(own_packages)
        brings = _has_source(Path(folder), Path(meta), stem) if own else _has(Path(folder), stem)
        if brings:
            exact = f"{stem}.cmxa" in archives.split()
            found.append((not exact, name.count("."), name))
    return tuple(name for _, _, name in sorted(found))


def _has(folder: Path, stem: str) -> bool:
    names = (f"{stem}.cmi", f"{stem}.mli", f"{stem}.ml")
    return folder.name != "ocaml" and any((folder / name).is_file() for name in names)


def _has_source(folder: Path, meta: Path, stem: str) -> bool:
    """Say whether a package of ours, which may not be built yet, has a module."""
    names = {f"{stem}.mli", f"{stem}.ml"}  # the same in every version
    return any(file.name in names for file in source_files(folder, meta, {}))
