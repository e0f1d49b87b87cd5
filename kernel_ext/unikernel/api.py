"""The Python API's verbs that need more than one module: build, look up, list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import unikernel_toolchain as toolchain
from unikernel_toolchain.config import Config, Language

from . import display, session
from .errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unikernel_toolchain.image import Image

    from .machines import Machine
    from .results import Table

LANGUAGE_OF: dict[str, Language] = {".ml": "ocaml", ".c": "c"}
SUFFIX_OF = {language: suffix for suffix, language in LANGUAGE_OF.items()}


def build(
    source: str | Path,
    *,
    name: str,
    target: str = "virtio",
    language: Language | None = None,
    packages: Iterable[str] = (),
    nets: Iterable[str] = (),
    symbols: bool = True,
    fresh: bool = False,
    first_line: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> Image:
    """Build `source` (a program's text, or the Path of a file) into an image called `name`.

    The language is `language`, else what the file's suffix says, else OCaml. `nets` names network
    devices by their purpose. `fresh` builds past the cache. `first_line` is the line errors count
    from. `progress(what, done, total)` hears of the first build of the library OS.
    Raises ToolchainError when the build fails.
    """
    asked = request(
        source,
        name=name,
        target=target,
        language=language,
        packages=packages,
        nets=nets,
        symbols=symbols,
        first_line=first_line,
    )
    image = toolchain.build(asked, fresh=fresh, progress=progress)
    session.remember(image)
    return image


def request(
    source: str | Path,
    *,
    name: str,
    target: str = "virtio",
    language: Language | None = None,
    packages: Iterable[str] = (),
    nets: Iterable[str] = (),
    symbols: bool = True,
    first_line: int = 1,
) -> Config:
    """Return the Config that `build` would build. Raises UsageError when a file is not there."""
    if isinstance(source, Path):
        language = language or LANGUAGE_OF.get(source.suffix)
        file_name, text = source.name, _read(source)
    else:
        file_name, text = f"cell{SUFFIX_OF[language or 'ocaml']}", source
    return Config(
        name=name,
        sources={file_name: text},
        target=target,
        language=language or "ocaml",
        packages=tuple(packages),
        nets=tuple(nets),
        first_line=first_line,
        symbols=symbols,
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "The file holds the program's text; look at its name and folder."
        raise UsageError(f"Cannot read {path}: {error}.", hint=hint) from error


def image(name: str) -> Image:
    """Return the image last built as `name`. Raises NoSuchImage."""
    return session.image(name)


def machine(name: str) -> Machine:
    """Return the machine called `name`. Raises NoSuchMachine."""
    return session.machine(name)


def ps() -> Table:
    """Return this user's machines as a table: this process's first, then other processes'."""
    return display.machines_table((*session.machines(), *session.others()))
