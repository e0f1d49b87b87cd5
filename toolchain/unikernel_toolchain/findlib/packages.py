"""OCaml packages by their findlib names: what they need, and whether a unikernel can have them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from unikernel_toolchain.errors import PackageError, PackageMissing, PackageNeedsUnix
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.store.source_digest import source_digest
from unikernel_toolchain.tools.debian import package_of
from unikernel_toolchain.tools.locate import install_hint, require
from unikernel_toolchain.tools.run import Stop, run

from .virtual import implementations

# Packages that stand for an operating system underneath. Events of OCaml 5's runtime are told to
# other processes, in a file that they map.
_UNIX = frozenset(
    {"unix", "threads", "threads.posix", "threads.vm", "unixLabels", "runtime_events"}
)
_OURS = ("(unikernel_ocaml)", "(unikernel_target)")
_FIELDS = ("p", "v", "d", "A", "m", "(requires)", "(ppx)", *_OURS)
_RECORD, _FIELD = "\x1e", "\x1f"  # ASCII's separators: a value of META may be of several lines
_ASKED = ("conf", "path")
_LIKE = 0.8  # of difflib: a letter or two of ten are others
# TLS, what stands on it, and the certificates that it trusts.
_OF_TLS = re.compile(r"(?:[\w-]+-)?tls(?:[-.].+)?|ca-certs(?:-nss)?|dns-certify.*")
_NAME = re.compile(r"\w[\w+-]*(\.[\w+-]+)*", re.ASCII)


@dataclass(frozen=True)
class Package:
    """A findlib package: where it lies, what to link, what it needs.

    `version` is "" when META has none. `folder` holds what is compiled, `archives` are file names
    in it; `source` holds the sources (see own_sources.py) if the package is one of the library
    OS's own, "" otherwise. `ppx` is the command of a preprocessor, "" for a library. `ocaml` is the
    oldest release that compiles it, `target` the only one that it is for: "" where all will do.
    """

    name: str
    version: str
    folder: str
    archives: tuple[str, ...]
    meta: str
    requires: tuple[str, ...]
    ppx: str
    source: str
    ocaml: str = ""
    target: str = ""

    @property
    def own(self) -> bool:
        """Say whether it is one of the library OS's packages."""
        return bool(self.source)


_answers: dict[str, tuple[dict[str, int], tuple[Package, ...]]] = {}


def resolve(
    names: tuple[str, ...], own_packages: Path, *, stop: Stop | None = None
) -> tuple[Package, ...]:
    """Return these packages and everything they need, in the order to link them.

    Of a virtual library that is the implementation that is among them, or else its default one.
    Packages in groups of `own_packages` win over installed ones of the same name. findlib is asked
    once per set of names, until one of the META files changes or a package comes to a folder of
    its path.
    Raises PackageMissing, PackageNeedsUnix, PackageError.
    """
    if not names:
        return ()
    for name in names:
        if not _NAME.fullmatch(name):
            raise PackageError(f"{name!r} cannot be the name of a package.", package=name)
    key = _question(names, own_packages)
    found = _remembered(key)
    if found is None:
        places = _places(own_packages)  # first: what comes while findlib is asked is news
        found = _with_implementations(names, own_packages, stop)
        _remember(key, found, places)
    _check_unix(names, found)
    return found


def needs_unix(name: str, own_packages: Path) -> bool:
    """Say whether a package is one that `resolve` refuses for want of an operating system."""
    try:
        resolve((name,), own_packages)
    except PackageNeedsUnix:
        return True
    except PackageError:  # something else is wrong with it, which is told where it is asked for
        return False
    return False


def needed(package: Package, packages: tuple[Package, ...]) -> tuple[Package, ...]:
    """Return those of `packages` that this one needs, directly or not, in their order."""
    by_name = {each.name: each for each in packages}
    names, waiting = set[str](), list(package.requires)
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in names:
            names.add(name)
            waiting += by_name[name].requires
    return tuple(each for each in packages if each.name in names)


def _with_implementations(
    names: tuple[str, ...], own_packages: Path, stop: Stop | None
) -> tuple[Package, ...]:
    """Ask findlib, and once more with what implements virtual libraries, ahead of their users."""
    found = _query(names, own_packages, stop)
    chosen = implementations({package.name: Path(package.meta) for package in found})
    return _query((*chosen, *names), own_packages, stop) if chosen else found


def _query(names: tuple[str, ...], own_packages: Path, stop: Stop | None) -> tuple[Package, ...]:
    answer = run(
        [require("ocamlfind"), "query", "-r", *form(_FIELDS), *names],
        variables={"OCAMLPATH": search_path(own_packages)},
        stop=stop,
    )
    if answer.returncode != 0:
        raise _missing(answer.stderr, names, own_packages)
    return tuple(_package(fields, own_packages) for fields in records(answer.stdout))


def form(fields: Iterable[str]) -> tuple[str, ...]:
    """Return the options of a query for these fields, by their letters in findlib's formats."""
    record = _RECORD + _FIELD.join(f"%{field}" for field in fields)
    return ("-predicates", "native", "-format", record)


def records(answer: str) -> list[list[str]]:
    """Return the fields of each package that such a query found."""
    return [record.strip("\n").split(_FIELD) for record in answer.split(_RECORD)[1:]]


def search_path(own_packages: Path) -> str:
    """Return OCAMLPATH with our own packages first: each folder in `own_packages` is a group.

    Raises PackageError for a colon in the path.
    """
    if ":" in str(own_packages):
        raise PackageError(
            f"findlib cannot read a folder with a colon in its name: {own_packages}",
            package=own_packages.name,
            hint="Install this program into a folder without one.",
        )
    groups = sorted(str(folder) for folder in own_packages.iterdir() if folder.is_dir())
    users = os.environ.get("OCAMLPATH")
    return ":".join([*groups, users] if users else groups)


def _package(fields: list[str], own_packages: Path) -> Package:
    name, version, folder, archives, meta, requires, ppx, ocaml, target = fields
    if ppx.startswith("./"):
        ppx = f"{folder}/{ppx[2:]}"
    return Package(
        name=name,
        version="" if version.startswith("[") else version,  # [unspecified], [distributed with …]
        folder=folder,
        archives=tuple(archives.split()),
        meta=meta,
        requires=tuple(re.findall(r"[^\s,]+", requires)),
        ppx=ppx,
        source=folder if Path(meta).is_relative_to(own_packages) else "",
        ocaml=ocaml.strip(),
        target=target.strip(),
    )


def installed(own_packages: Path) -> list[str]:
    """Return the names of all packages that findlib knows."""
    variables = {"OCAMLPATH": search_path(own_packages)}
    listing = run([require("ocamlfind"), "list"], variables=variables)
    return [line.split()[0] for line in listing.stdout.splitlines() if line.strip()]


def _missing(stderr: str, names: tuple[str, ...], own_packages: Path) -> PackageError:
    found = re.search(r"Package `(.+?)' not found(?: - required by `(.+?)')?", stderr)
    if not found:
        return PackageError(
            "findlib cannot resolve the packages.", package=names[0], detail=stderr.strip()
        )
    name, because = found.group(1), found.group(2)
    needed = f" (needed by {because})" if because else ""
    whole, dot, part = name.partition(".")
    everything = installed(own_packages)
    if dot and whole in everything:
        parts = [each for each in everything if each.startswith(f"{whole}.")]
        return PackageMissing(
            f"Package {whole} has no library {part}{needed}.",
            package=name,
            hint=f"It has: {', '.join(parts)}." if parts else "It is one library.",
        )
    hint = _how_to_come_by(name, [each for each in everything if each != because])
    return PackageMissing(f"Package {name} is not installed{needed}.", package=name, hint=hint)


def _how_to_come_by(name: str, others: Iterable[str]) -> str:
    if _OF_TLS.fullmatch(name):
        return "TLS is not served yet, it comes later: leave it out, and connect over TCP."
    apt_package, known = package_of(name)
    if known:
        return install_hint(apt_package)
    close = get_close_matches(name, others, n=1, cutoff=_LIKE)
    meant = f"Did you mean {close[0]}? " if close else ""
    stem = name.partition(".")[0].replace("_", "-").lower()
    search = f"apt-cache search --names-only {stem} ocaml"
    return f"{meant}Whether the distribution has it is told by: {search}"


def _check_unix(names: tuple[str, ...], found: tuple[Package, ...]) -> None:
    needs = {package.name: package.requires for package in found}
    for name in names:
        chain = _chain_to_unix(name, needs)
        if chain:
            raise _needs_unix(name, chain)


def _needs_unix(name: str, chain: list[str]) -> PackageNeedsUnix:
    if chain == [name]:
        what = f"Package {name} needs an operating system underneath."
        return PackageNeedsUnix(what, package=name, hint="A unikernel has none: leave it out.")
    stem = name.partition(".")[0]
    without = f", {stem}." if stem not in {name, chain[-1]} else "."
    return PackageNeedsUnix(
        f"Package {name} needs {chain[-1]}, an operating system underneath: {' → '.join(chain)}.",
        package=name,
        hint=f"A unikernel has none. Use the package without its Unix part{without}",
    )


def _chain_to_unix(name: str, needs: dict[str, tuple[str, ...]]) -> list[str]:
    trails, seen = [[name]], {name}
    for trail in trails:
        if trail[-1] in _UNIX:
            return trail
        fresh = [need for need in needs.get(trail[-1], ()) if need not in seen]
        seen.update(fresh)
        trails += [[*trail, need] for need in fresh]
    return []


# ---- remembered answers


def _question(names: tuple[str, ...], own_packages: Path) -> str:
    settings = os.environ.get("OCAMLFIND_CONF", "")
    reader = source_digest(Path(__file__).parent)  # what another release of ours made of answers
    facts = [*sorted(names), search_path(own_packages), str(require("ocamlfind")), settings, reader]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _places(own_packages: Path) -> list[str]:
    """Return findlib's settings, and the folders it looks into: a package may come to any."""
    variables = {"OCAMLPATH": search_path(own_packages)}
    answers = [run([require("ocamlfind"), "printconf", it], variables=variables) for it in _ASKED]
    return [line for answer in answers for line in answer.stdout.splitlines()]


def _changed_ns(path: str) -> int:
    """Return when a file, or what is in a folder, was last changed; 0 when it is not there."""
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


def _remember(key: str, packages: tuple[Package, ...], places: list[str]) -> None:
    read = (*places, *(package.meta for package in packages))
    stamps = {path: _changed_ns(path) for path in read}
    _answers[key] = stamps, packages
    record = {"stamps": stamps, "packages": [asdict(package) for package in packages]}
    integrity.write_record(cache.packages_file(key), record)


def _remembered(key: str) -> tuple[Package, ...] | None:
    stamps, packages = _answers.get(key) or _recorded(key) or ({}, ())
    if not packages or any(_changed_ns(path) != stamp for path, stamp in stamps.items()):
        return None
    _answers[key] = stamps, packages
    return packages


def _recorded(key: str) -> tuple[dict[str, int], tuple[Package, ...]] | None:
    try:
        record = integrity.read_record(cache.packages_file(key))
        return record["stamps"], tuple(_from_record(entry) for entry in record["packages"])
    except (OSError, ValueError, TypeError, KeyError):  # none yet, or damaged: ask findlib again
        return None


def _from_record(entry: dict[str, Any]) -> Package:
    lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
    return Package(**{**entry, **lists})
