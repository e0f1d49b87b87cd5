"""The distribution's OCaml packages for another release, compiled from the sources in them.

What a package leaves out of its sources is fetched as Debian's. C is taken as it is compiled where
it asks for nothing of OCaml's runtime: the layout of values and of bigarrays is the same from 4.13
to 5.4, how the runtime's state is reached is not.
Most are of dune's making: module Accept of library cohttp is the unit cohttp__Accept, of accept.ml,
and is compiled with cohttp__ opened, a module of aliases.
"""

import atexit
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from support.ocaml_release import debian_sources

LIMIT_S = 300
FORM = "%p\t%d\t%A\t%(requires)"
ALIASES = "__"
DERIVED = "deriving"
DERIVES = "ppx_sexp_conv.runtime-lib"  # asked for by packages whose sources are preprocessed
# What configuring a package makes: units, and words for its C.
GENERATED = {"zarith_version": 'let version = "another release"\nlet backend = "GMP"\n'}
C_OPTIONS = {"zarith": ("-DHAS_GMP",)}


@dataclass(frozen=True)
class Installed:
    """A package of the distribution's: its folder, and the name of what is linked of it."""

    name: str
    folder: Path
    archive: str
    preprocessed: bool

    def linked(self) -> list[str]:
        """Return the units of its archive, as files are named, in the order to link them."""
        told = run(("ocamlobjinfo", self.folder / self.archive), self.folder)
        names = re.findall(r"^Name: (\w+)", told, re.MULTILINE)
        return [f"{name[0].lower()}{name[1:]}" for name in names]

    def interfaces(self) -> list[str]:
        """Return the units beside those of the archive that have an interface alone."""
        linked = self.linked()
        prefixes = tuple(unit for unit in linked if unit.endswith(ALIASES))
        units = [path.stem for path in sorted(self.folder.glob("*.cmi"))] if prefixes else []
        return [unit for unit in units if unit.startswith(prefixes) and unit not in linked]

    def sources(self, unit: str) -> list[Path]:
        """Return the files of a unit: the installed ones, or those of the package's sources."""
        name = unit.partition(ALIASES)[2] or unit
        names = [f"{name[0].lower()}{name[1:]}{suffix}" for suffix in (".ml", ".mli")]
        found = [self.folder / name for name in names if (self.folder / name).is_file()]
        if (self.folder / names[0]).is_file() or unit not in self.linked():
            return found
        return [place for name in names for place in self.origin(name)]

    def origin(self, name: str) -> list[Path]:
        """Return the file of this name in the sources of Debian's package, if it is there."""
        tree = debian_sources.of_file(self.folder / self.archive)
        return sorted(tree.rglob(name), key=lambda path: len(path.parts))[:1]


def needed(names: tuple[str, ...], own: Path) -> list[Installed]:
    """Return what these packages need of the distribution's, in the order to compile it."""
    if not names:
        return []  # of no package, ocamlfind would tell its usage
    environment = {**os.environ, "OCAMLPATH": str(own)}
    query = ("ocamlfind", "query", "-r", "-predicates", "native", "-format", FORM, *names)
    rows = [line.split("\t") for line in run(query, own, environment).splitlines()]
    return [
        Installed(name, Path(folder), archive, DERIVES in requires)
        for name, folder, archive, requires in rows
        if archive and not Path(folder).is_relative_to(own)
    ]


def compile_again(wanted: list[Installed], place: Path) -> None:
    """Leave those in `place` that are not there yet, as findlib finds them.

    The release is the one that is first on the path. Raises debian_tools.Unavailable.
    """
    search: list[Path] = []
    for package in wanted:
        below = below_all(package.folder)
        folder = place / below
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(
            package.folder.parents[len(below.parts) - 1] / below.parts[0] / "META",
            place / below.parts[0],
        )
        if folder not in search:
            search.append(folder)
        if not (folder / package.archive).is_file():
            make(package, folder, search)


def below_all(folder: Path) -> Path:
    """Return where a package's folder lies below that of all packages: each top one has a META."""
    top = folder
    while not (top / "META").is_file():
        top = top.parent
    return folder.relative_to(top.parent)


def make(package: Installed, folder: Path, search: list[Path]) -> None:
    """Compile one package in `folder`, which is one of `search`."""
    stubs = c_stubs(package, folder)
    linked = package.linked()
    for unit in set(GENERATED) & set(linked):
        (folder / unit).with_suffix(".ml").write_text(GENERATED[unit])
    files = [folder / f"{unit}.ml" for unit in linked if unit in GENERATED]
    files += [
        plain(source, folder / f"{unit}{source.suffix}", package.preprocessed)
        for unit in (*package.interfaces(), *linked)
        if unit not in GENERATED
        for source in package.sources(unit)
    ]
    aliases = [unit for unit in linked if unit.endswith(ALIASES)]
    opened = [word for unit in aliases for word in ("-open", f"{unit[0].upper()}{unit[1:]}")]
    includes = [word for each in search for word in ("-I", str(each))]
    options = ("ocamlopt", "-w", "-a", "-g", "-no-alias-deps", *includes)
    first = [file for file in files if file.stem.endswith(ALIASES)]
    compile_all(first, options, folder)
    compile_all([file for file in files if file not in first], (*options, *opened), folder)
    objects = [f"{unit}.cmx" for unit in linked]
    run((*options, "-a", *stubs, "-o", package.archive, *objects), folder)
    (folder / package.archive).with_suffix(".cma").touch()  # what META's exists_if asks for


def plain(source: Path, place: Path, preprocessed: bool) -> Path:
    """Leave a source in its place, without what a preprocessor of the distribution's must add."""
    text = source.read_text()
    if preprocessed and DERIVED in text:
        text = run(
            (preprocessor(), "--intf" if source.suffix == ".mli" else "--impl", source),
            place.parent,
        )
    place.write_text(text)
    return place


@lru_cache(maxsize=1)
def preprocessor() -> Path:
    """Return a program that writes source texts with what [@@deriving sexp] stands for.

    It is the distribution's and of its OCaml; what it prints is of no release.
    """
    folder = Path(tempfile.mkdtemp(prefix="unikernel-preprocessor-"))
    atexit.register(shutil.rmtree, folder)
    findlib = Path(shutil.which("ocamlfind") or "ocamlfind")
    query = (
        findlib,
        "query",
        "-r",
        "-predicates",
        "native,ppx_driver",
        "ppx_sexp_conv",
        "ppxlib.runner",
    )
    theirs = {**os.environ, "OCAMLPATH": ""}  # which may lead to what was compiled again already
    includes = run((*query, "-i-format"), folder, theirs).split()
    archives = run((*query, "-a-format"), folder, theirs).split()
    compiler = findlib.with_name("ocamlopt")
    run((compiler, "-linkall", "-w", "-a", *includes, *archives, "-o", "preprocessor"), folder)
    return folder / "preprocessor"


def compile_all(files: list[Path], options: tuple[str, ...], folder: Path) -> None:
    """Compile files in an order that is found by trying: ocamldep knows none for these."""
    while files:
        waiting: dict[Path, str] = {}
        for file in files:
            try:
                run((*options, "-c", file.name), folder)
            except AssertionError as why:
                waiting[file] = str(why)
        assert len(waiting) < len(files), next(iter(waiting.values()))
        files = list(waiting)


def c_stubs(package: Installed, folder: Path) -> list[str]:
    """Leave the package's C in `folder`, and return how its archive asks for it."""
    told = run(("ocamlobjinfo", package.folder / package.archive), package.folder)
    asked = re.search(r"^Extra C object files: *(.*)$", told, re.MULTILINE)
    flags = asked[1].split() if asked else []
    for flag in flags:
        library = package.folder / f"lib{flag.removeprefix('-l')}.a"
        if library.is_file() and "caml_" in run(("nm", "-u", library), folder).lower():
            c_again(package, library, folder)
        elif library.is_file():
            shutil.copy(library, folder)
    return [word for flag in flags for word in ("-cclib", flag)]


def c_again(package: Installed, library: Path, folder: Path) -> None:
    """Compile C that speaks to OCaml's runtime again, from the sources of Debian's package."""
    objects = run(("ar", "t", library), folder).split()
    headers = run(("ocamlopt", "-where"), folder).strip()
    for unit in objects:
        (source,) = package.origin(f"{Path(unit).stem}.c")
        options = ("-O2", "-g", f"-I{headers}", *C_OPTIONS.get(package.name, ()))
        run(("gcc", *options, "-c", source, "-o", unit), folder)
    run(("ar", "rcs", library.name, *objects), folder)


def run(
    command: tuple[str | Path, ...], folder: Path, environment: dict[str, str] | None = None
) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout
