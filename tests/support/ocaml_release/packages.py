"""The distribution's OCaml packages for another release, compiled from the sources in them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

LIMIT_S = 300
FORM = "%p\t%d\t%A"


def compile_again(names: tuple[str, ...], place: Path, own: Path) -> None:
    """Leave these packages, and all they need but those in `own`, in `place` as findlib finds them.

    The release is the one that is first on the path. A package whose modules are not all there as
    sources is an AssertionError.
    """
    environment = {**os.environ, "OCAMLPATH": str(own)}
    query = ("ocamlfind", "query", "-r", "-predicates", "native", "-format", FORM, *names)
    rows = [line.split("\t") for line in run(query, place, environment).splitlines()]
    folders: dict[str, Path] = {}
    for name, folder, archive in rows:
        if not Path(folder).is_relative_to(own) and archive:
            folders[name] = place / name
            make(Path(folder), archive, place / name, list(folders.values()))


def make(origin: Path, archive: str, folder: Path, search: list[Path]) -> None:
    """Compile one package, whose folder is the last of `search`."""
    folder.mkdir()
    shutil.copy2(origin / "META", folder)
    code = (origin / archive).with_suffix(".a")
    units = [Path(member).stem for member in run(("ar", "t", code), folder).split()]
    for unit in units:
        shutil.copy(origin / f"{unit}.ml", folder)
        if (origin / f"{unit}.mli").is_file():
            shutil.copy(origin / f"{unit}.mli", folder)
    for stubs in origin.glob("lib*_stubs.a"):
        shutil.copy(stubs, folder)
    sources = sorted(path.name for path in folder.glob("*.ml*"))
    order = run(("ocamldep", "-sort", *sources), folder).split()
    includes = [word for each in search for word in ("-I", str(each))]
    libraries = [word for each in c_libraries(origin / archive) for word in ("-cclib", each)]
    options = ("-w", "-a", "-g", "-a", *includes, *libraries, "-o", archive)
    run(("ocamlopt", *options, *order), folder)


def c_libraries(archive: Path) -> list[str]:
    """Return the C libraries that an archive asks for, which any release's can tell."""
    told = run(("ocamlobjinfo", archive), archive.parent)
    found = re.search(r"^Extra C object files: *(.*)$", told, re.MULTILINE)
    return found[1].split() if found else []


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
