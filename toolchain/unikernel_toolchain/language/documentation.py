"""Documentation of packages, modules and values by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from unikernel_toolchain.build import libraries
from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.findlib.library_facts import LibraryFacts, facts_of
from unikernel_toolchain.findlib.modules import all_modules, packages_with
from unikernel_toolchain.findlib.packages import installed, resolve
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.model.config import DEFAULT_TARGET, Config
from unikernel_toolchain.tools.progress import Progress
from unikernel_toolchain.tools.run import Stop

from . import compiled, program
from .names import Description, Place
from .program import Program

_OWN = SOURCES / "packages"
_NAME = re.compile(r"[A-Za-z_][\w'+-]*(\.[A-Za-z_][\w'+-]*)*", re.ASCII)
_LIKE = 0.6  # of difflib
_SUGGESTED = 3
_BETWEEN = re.compile(r"[.-]")  # parts of a package's name
# Comments that are no doc comments: whose a file is, and its licence.
_HEAD = re.compile(r"\A(?:\s*\(\*(?!\*[^*)]).*?\*\))+", re.DOTALL)
_STANDARD = "OCaml's standard library"
_PROGRAM = {"unikernel.ml": "let start () = ()"}


@dataclass(frozen=True)
class Document:
    """What is known of a name: a heading, facts, a doc comment in odoc's markup, an interface."""

    heading: str
    facts: tuple[tuple[str, str], ...]
    comment: str = ""
    interface: str = ""


def document(name: str, progress: Progress | None = None) -> Document:
    """Return the documentation of a findlib package, a module, or what is in one.

    What has to be built to read it is built: `progress(what, done, total)` is told. Raises
    BadRequest for a name that means nothing here, and ToolchainError.
    """
    if not _NAME.fullmatch(name):
        raise BadRequest(
            f"{name!r} is no name of a package, a module or a value.",
            hint="Such are lwt, mirage-kv-block, Lwt, Lwt.bind.",
        )
    if name[0].isupper():
        return _of_module(name, progress)
    packages = installed(_OWN)
    if name in packages:
        return _of_package(facts_of(name, _OWN))
    found = _described(_built(), name, ())
    if found:
        return _of_description(found, _STANDARD)
    raise _unknown(name, packages)


def _built() -> Program:
    made = program.expected()
    program.ensure(made, Stop())
    return made


# ---- packages


def _of_package(it: LibraryFacts) -> Document:
    modules = {path.stem[:1].upper() + path.stem[1:]: path for path in it.interfaces}
    main = it.name.replace("-", "_").replace(".", "_")
    shown = modules.get(main[:1].upper() + main[1:])
    if shown is None and len(modules) == 1:
        (shown,) = modules.values()
    facts = (
        ("package", f"{it.name} {it.version}".strip()),
        ("modules", ", ".join(sorted({*modules, *it.modules}))),
        ("needs", ", ".join(it.requires)),
        ("from", "the library OS" if it.own else str(it.folder)),
    )
    text = _text(shown) if shown and shown.suffix == ".mli" else ""
    return Document(it.description or it.name, _told(facts), interface=text)


def _told(facts: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in facts if value)


def _text(file: Path) -> str:
    return _without_head(file.read_text(encoding="utf-8", errors="replace"))


def _without_head(text: str) -> str:
    """Return an interface without what stands above it: whose it is, and its licence."""
    return _HEAD.sub("", text, count=1)


# ---- modules, and what is in them


def _of_module(name: str, progress: Progress | None) -> Document:
    answers = _built()
    found = _described(answers, name, ())
    if found:
        return _of_description(found, _STANDARD)
    module = name.partition(".")[0]
    having = list(packages_with(module, _OWN))
    is_standard = _described(answers, module, ()) is not None
    if is_standard:  # the library OS has modules of such names: Stack
        having = [package for package in having if facts_of(package, _OWN).own]
    if not having:
        known = _beside(answers, name, ()) if is_standard else all_modules(_OWN)
        raise _unknown(name, known)
    return _of_package_module(name, answers, having[0], progress)


def _of_package_module(
    name: str, answers: Program, package: str, progress: Progress | None
) -> Document:
    folders = _folders(package, progress)
    found = _described(answers, name, folders)
    if found is None:
        raise _unknown(name, _beside(answers, name, folders))
    return _of_description(found, f"package {package}")


def _described(answers: Program, name: str, folders: tuple[str, ...]) -> Description | None:
    return compiled.describe(answers, Place(name, len(name)), folders)


def _beside(answers: Program, name: str, folders: tuple[str, ...]) -> list[str]:
    """Return what stands beside a name that is not there."""
    path = name.rpartition(".")[0]
    beside = compiled.complete(answers, Place(f"{path}.", len(path) + 1), folders)
    return [f"{path}.{it.name}" for it in beside]


def _folders(package: str, progress: Progress | None) -> tuple[str, ...]:
    (*_, library) = resolve((package,), _OWN)
    target = library.target or DEFAULT_TARGET
    asked = Config("doc", _PROGRAM, target=target, packages=(package,))
    packages = libraries(asked, compiled=True, progress=progress)
    return tuple(dict.fromkeys(it.folder for it in packages))


def _of_description(found: Description, origin: str) -> Document:
    facts = (("kind", found.kind), ("from", origin))
    return Document(found.declaration, facts, found.comment, _without_head(found.interface))


def _unknown(name: str, known: Iterable[str]) -> BadRequest:
    known = list(known)
    parts = [it for it in known if name in _BETWEEN.split(it)]
    like = get_close_matches(name, known, n=_SUGGESTED, cutoff=_LIKE)
    close = list(dict.fromkeys([*parts, *like]))[:_SUGGESTED]
    meant = f"Did you mean {', '.join(close)}?" if close else ""
    what = "module" if name[0].isupper() else "package"
    return BadRequest(
        f"Nothing here is called {name}.",
        hint=meant or f"No installed package brings a {what} of that name.",
    )
