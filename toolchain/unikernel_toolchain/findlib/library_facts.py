"""What findlib and a package's folder tell a reader of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from unikernel_toolchain.tools.locate import ocaml_library, require
from unikernel_toolchain.tools.run import run

from .own_sources import source_files
from .packages import form, records, search_path


@dataclass(frozen=True)
class LibraryFacts:
    """What a reader of a package's wants to know.

    `interfaces` are the files of its modules, .mli where there is one; `modules` are those that are
    installed without any.
    """

    name: str
    version: str
    description: str
    folder: Path
    requires: tuple[str, ...]
    own: bool
    interfaces: tuple[Path, ...]
    modules: tuple[str, ...]


def facts_of(name: str, own_packages: Path) -> LibraryFacts:
    """Return what is known of an installed package, one of ours or the distribution's."""
    variables = {"OCAMLPATH": search_path(own_packages)}
    query: list[str | Path] = [require("ocamlfind"), "query"]
    answer = run([*query, *form(("v", "D", "d", "m", "(requires)")), name], variables=variables)
    version, description, place, meta, requires = records(answer.stdout)[0]
    folder, own = Path(place), Path(meta).is_relative_to(own_packages)
    files = source_files(folder, Path(meta), {}) if own else _installed(folder, name)
    # Of a module's two files the interface is the one to read.
    chosen = {file.stem: file for file in sorted(files) if file.suffix in {".ml", ".mli"}}
    compiled = {file.stem for file in files if file.suffix == ".cmi"} - chosen.keys()
    return LibraryFacts(
        name=name,
        version="" if version.startswith("[") else version,
        description="" if description.startswith("[") else description,
        folder=folder,
        requires=tuple(re.findall(r"[^\s,]+", requires)),
        own=own,
        interfaces=tuple(chosen.values()),
        modules=tuple(sorted(stem[:1].upper() + stem[1:] for stem in compiled)),
    )


def _installed(folder: Path, name: str) -> list[Path]:
    """Return the files of an installed package that tell of its modules."""
    files = [file for file in folder.glob("*") if "__" not in file.name]
    if folder != ocaml_library():
        return files
    stem = name.rpartition(".")[2]  # beside the standard library lie several packages
    return [file for file in files if file.stem == stem]
