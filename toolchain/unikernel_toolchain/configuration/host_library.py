"""The OCaml library that a config.ml is compiled against, built once per toolchain identity.

mirage.cmxa     the modules of libos/configure/{shared,functoria,mirage}, for the host
manifest.json   what all this must be, see store/integrity.py

It runs on the host, and is the same for every target.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from unikernel_toolchain.findlib.packages import Package, resolve
from unikernel_toolchain.library_os import ocaml
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.sources import since
from unikernel_toolchain.store import cache, integrity, shared
from unikernel_toolchain.store.source_digest import source_digest
from unikernel_toolchain.tools.locate import Toolchain, version
from unikernel_toolchain.tools.progress import Steps
from unikernel_toolchain.tools.run import Stop

STEPS = 1
ARCHIVE = "mirage.cmxa"
_FOLDERS = ("shared", "functoria", "mirage")
# What a config.ml of MirageOS 3.9 may name besides, as its interfaces do.
PACKAGES = ("astring", "cmdliner", "fmt", "fpath", "ipaddr", "logs", "ptime", "rresult")


# What it says of a program depends on their releases; it is not linked with them.
_OF_GUESTS = ("mirage-crypto-rng",)


@dataclass(frozen=True)
class HostLibrary:
    """Where it is; it exists once `ensure` has returned."""

    folder: Path
    tools: Toolchain
    packages: tuple[Package, ...]
    versions: Mapping[str, str]
    identity: str

    def is_intact(self) -> bool:
        """Say whether everything is there, as it was built."""
        return not integrity.damage(self.folder)

    @property
    def search(self) -> tuple[str, ...]:
        """The compiler's arguments that bring its interfaces, and those it stands on."""
        folders = (str(self.folder), *dict.fromkeys(it.folder for it in self.packages))
        return tuple(arg for folder in folders for arg in ("-I", folder))

    @property
    def archives(self) -> tuple[str, ...]:
        """What to link, in order."""
        below = [f"{it.folder}/{archive}" for it in self.packages for archive in it.archives]
        return (*below, str(self.folder / ARCHIVE))


def expected(tools: Toolchain, stop: Stop) -> HostLibrary:
    """Return the library as it is, or will be, built with these tools. Builds nothing.

    Raises PackageMissing when the distribution's packages beneath it are not installed.
    """
    packages = resolve(PACKAGES, SOURCES / "packages", stop=stop)
    of_guests = resolve(_OF_GUESTS, SOURCES / "packages", stop=stop)
    versions = {"ocaml": version("ocamlopt"), **{it.name: it.version for it in of_guests}}
    sources = [SOURCES / "configure", Path(__file__), Path(ocaml.__file__)]
    found = [f"{it.name} {it.version} {it.folder}" for it in packages]
    facts = [*tools.identity, *found, repr(versions), source_digest(*sources)]
    identity = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    folder = shared.libos_folder(identity, "host")
    return HostLibrary(folder, tools, packages, versions, identity)


def ensure(library: HostLibrary, steps: Steps, stop: Stop) -> None:
    """Build the library unless it is there, and whole. One builder at a time; others wait."""
    if library.is_intact():
        return
    with cache.locked(f"libos-{library.folder.parent.name}-{library.folder.name}"):
        if not library.is_intact():
            steps.begin("OCaml: mirage")
            make = partial(_build, library, stop)
            integrity.renew(library.folder, "the library of config.ml", make)


def _build(library: HostLibrary, stop: Stop, folder: Path) -> None:
    places = [SOURCES / "configure" / name for name in _FOLDERS]
    files = sorted(file for place in places for file in place.rglob("*.ml*"))
    for file in since.holding(files, library.versions):
        shutil.copy2(file, folder)
    units = ocaml.sorted_units(folder, library.tools, stop)
    below = [arg for it in library.packages for arg in ("-I", it.folder)]
    # Optional arguments may be left out where a function is passed on (48).
    flags = ("-a", "-g", *ocaml.WARNINGS, "-w", "-48")
    command = [str(library.tools.ocamlopt), *flags, *below, "-o", ARCHIVE, *units]
    ocaml.call([*command], folder, "mirage", stop)
