"""Which installed package has a module: the hint beside "Unbound module"."""

from __future__ import annotations

from pathlib import Path

from .packages import installed, search_path
from .run import run
from .tools import require


def packages_with(module: str, own_packages: Path) -> tuple[str, ...]:
    """Return the findlib names of the installed packages that bring this module, best first."""
    variables = {"OCAMLPATH": search_path(own_packages)}
    query = (require("ocamlfind"), "query", "-predicates", "native", "-format", "%p\t%d\t%A")
    places = run([*query, *installed(own_packages)], variables=variables)
    stem = module[:1].lower() + module[1:]
    found = []
    for line in places.output.splitlines():
        name, folder, archives = line.split("\t")
        if _brings(Path(folder), stem):
            exact = f"{stem}.cmxa" in archives.split()
            found.append((not exact, name.count("."), name))
    return tuple(name for _, _, name in sorted(found))


def _brings(folder: Path, stem: str) -> bool:
    names = (f"{stem}.cmi", f"{stem}.mli", f"{stem}.ml")  # our own may not be built yet
    return folder.name != "ocaml" and any((folder / name).is_file() for name in names)
