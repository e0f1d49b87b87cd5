"""Compiles libos packages for the host, in a cache folder, and test programs against them."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from unikernel_toolchain.findlib.own_sources import source_files
from unikernel_toolchain.findlib.packages import form, records

WARNINGS = "+a-4-9-40-41-42-44-45-70"
OCAMLOPT = ("ocamlfind", "ocamlopt", "-g")
SUFFIXES = {".ml", ".mli", ".c", ".h"}


@dataclass(frozen=True)
class Unit:
    """A findlib package of ours, or a subpackage: one folder, one archive."""

    name: str
    folder: Path
    requires: tuple[str, ...]
    archive: str

    @property
    def sources(self) -> list[Path]:
        return sorted(f for f in self.folder.iterdir() if f.suffix in SUFFIXES)


class Packages:
    """Flat copies of package folders below `cache`, compiled natively on demand."""

    def __init__(self, origins: tuple[Path, ...], cache: Path) -> None:
        self.origins = origins
        self.folder = cache / "packages"
        self.programs = cache / "programs"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.programs.mkdir(exist_ok=True)

    @cached_property
    def versions(self) -> dict[str, str]:
        """What is installed: the packages that findlib lists, and OCaml."""
        listing = self.run(("ocamlfind", "list"), self.folder)
        installed = re.findall(r"^(\S+) +\(version: (.*)\)$", listing, re.MULTILINE)
        return dict(installed) | {
            "ocaml": self.run(("ocamlfind", "ocamlopt", "-version"), self.folder).strip()
        }

    @cached_property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "OCAMLPATH": str(self.folder)}

    def program(self, source: Path, names: tuple[str, ...]) -> Path:
        """Return the executable of `source`, linked with the packages `names`."""
        with self.locked():
            self.copy_all()
            digest = hashlib.sha256(source.read_bytes())
            for unit in self.units(names):
                digest.update(self.compiled(unit).encode())
            place = self.programs / source.parent.name / source.stem
            if not current(place, digest.hexdigest()):
                self.link(source, names, place)
                (place / "digest").write_text(digest.hexdigest())
            return place / source.stem

    def link(self, source: Path, names: tuple[str, ...], place: Path) -> None:
        (place / "digest").unlink(missing_ok=True)
        place.mkdir(parents=True, exist_ok=True)
        copy = Path(shutil.copy(source, place))
        options = ("-w", WARNINGS, "-package", ",".join(names), "-linkpkg", "-o", source.stem)
        self.run((*OCAMLOPT, *options, copy.name), place)

    @contextmanager
    def locked(self) -> Iterator[None]:
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def copy_all(self) -> None:
        """Bring METAs and sources up to date; products of unchanged folders stay."""
        for origin in self.origins:
            for meta in origin.rglob("META"):
                copy_if_changed(meta, self.folder / meta.parent.name / "META")
                for part in parts(meta):
                    target = self.folder / part.relative_to(meta.parent.parent)
                    target.mkdir(exist_ok=True)
                    copy_flat(source_files(part, meta, self.versions), target)

    def units(self, names: tuple[str, ...]) -> list[Unit]:
        """Return our packages that `names` need, each after those it requires."""
        if not names:
            return []
        query = ("ocamlfind", "query", "-r", *form(("p", "d", "(requires)", "a")), *names)
        return [
            Unit(name, Path(folder), tuple(requires.replace(",", " ").split()), archive)
            for name, folder, requires, archive in records(self.run(query, self.folder))
            if self.folder in Path(folder).parents
        ]

    def compiled(self, unit: Unit) -> str:
        """Compile `unit` unless done, and return the digest of all that went into it."""
        digest = hashlib.sha256(f"{WARNINGS} {self.versions['ocaml']}".encode())
        for source in unit.sources:
            digest.update(source.read_bytes())
        for required in self.units(unit.requires):
            digest.update((required.folder / "digest").read_bytes())
        if not current(unit.folder, digest.hexdigest()):
            self.compile(unit)
            (unit.folder / "digest").write_text(digest.hexdigest())
        return digest.hexdigest()

    def compile(self, unit: Unit) -> None:
        (unit.folder / "digest").unlink(missing_ok=True)
        for product in unit.folder.glob("*.[aco]*"):
            if product.suffix not in SUFFIXES:
                product.unlink()
        names = [source.name for source in unit.sources]
        if not names:  # it stands for what it requires
            return
        modules = [name for name in names if name.endswith((".ml", ".mli"))]
        order = self.run(("ocamlfind", "ocamldep", "-sort", *modules), unit.folder).split()
        packages = ("-package", ",".join(unit.requires)) if unit.requires else ()
        stubs = self.stubs(unit, [name for name in names if name.endswith(".c")])
        options = ("-w", WARNINGS, "-warn-error", "+a", "-strict-sequence", *packages)
        self.run((*OCAMLOPT, *options, "-a", "-o", unit.archive, *stubs, *order), unit.folder)

    def stubs(self, unit: Unit, names: list[str]) -> tuple[str, ...]:
        """Compile C stubs and return the options that bind them to the archive."""
        if not names:
            return ()
        flags = ("-ccopt", "-O2 -Wall -Wextra -Werror")
        self.run((*OCAMLOPT, *flags, "-c", *names), unit.folder)
        library = unit.name.replace(".", "_").replace("-", "_") + "_stubs"
        objects = [Path(name).with_suffix(".o").name for name in names]
        self.run(("ar", "rcs", f"lib{library}.a", *objects), unit.folder)
        return ("-cclib", f"-l{library}", "-ccopt", f"-L{unit.folder}")

    def run(self, command: tuple[str, ...], folder: Path) -> str:
        done = subprocess.run(
            command, cwd=folder, env=self.environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, f"{folder}: {' '.join(command)}\n{done.stdout}{done.stderr}"
        return done.stdout


def parts(meta: Path) -> list[Path]:
    """Return the folders of a package and its subpackages."""
    names = re.findall(r'directory = "(.+)"', meta.read_text())
    return [meta.parent, *(meta.parent / name for name in names)]


def copy_flat(sources: tuple[Path, ...], target: Path) -> None:
    """Make `target` hold copies of these sources and of no others."""
    for stale in {file.name for file in target.iterdir()} - {source.name for source in sources}:
        if (target / stale).suffix in SUFFIXES:
            (target / stale).unlink()
    for source in sources:
        copy_if_changed(source, target / source.name)


def current(folder: Path, digest: str) -> bool:
    stamp = folder / "digest"
    return stamp.is_file() and stamp.read_text() == digest


def copy_if_changed(source: Path, target: Path) -> None:
    if target.is_file() and target.read_bytes() == source.read_bytes():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
