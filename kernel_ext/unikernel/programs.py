"""Which Config a program makes, however it is given: a text, files, folders, beside a config.ml."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.model import typed
from unikernel_toolchain.model.config import DEFAULT_TARGET, Config, Language, check_language
from unikernel_toolchain.model.device import block_devices, network_devices
from unikernel_toolchain.postlink import INITIALISER_BYTECODE, SYMBOLS
from unikernel_toolchain.sources.files import SUFFIX_OF, gather, language_of
from unikernel_toolchain.sources.text import Sources

from . import applications
from .machines.qemu import accelerator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NAME_LIMIT = 256  # of a file or folder: a longer text is a program


def request(
    source: str | Path | Sequence[str | Path],
    *,
    name: str,
    target: str | None = None,
    language: Language | None = None,
    packages: Iterable[str] = (),
    nets: Iterable[str] = (),
    blocks: Iterable[str] = (),
    symbols: bool = True,
    without_passes: Iterable[str] = (),
    first_line: int = 1,
) -> Config:
    """Return the Config that `build` would build.

    Raises UsageError when a file is not there, BadRequest for values of other types.
    """
    if language:
        check_language(language)
    application = _application(source, name, target) if language in {None, "ocaml"} else None
    if application:
        check_no_devices(nets, blocks)
        return with_options(
            applications.request(application, name, source, first_line),
            packages=packages,
            symbols=symbols,
            without_passes=without_passes,
        )
    if isinstance(source, str):
        language = language or "ocaml"
        found = Sources({f"cell{SUFFIX_OF[language]}": program_text(source)})
    else:
        files = _files(source)
        language = language or language_of(files)
        found = gather(files, language)
    off = typed.texts("without_passes", without_passes)
    return Config(
        name=name,
        sources=found.texts,
        units=found.units,
        labels=found.labels,
        target=target or DEFAULT_TARGET,
        language=language,
        packages=typed.texts("packages", packages),
        devices=(
            *network_devices(typed.texts("nets", nets)),
            *block_devices(typed.texts("blocks", blocks)),
        ),
        first_line=typed.whole("first_line", first_line),
        without_passes=_without(off, symbols),
    )


def with_options(
    asked: Config, *, packages: Iterable[str], symbols: bool, without_passes: Iterable[str]
) -> Config:
    """Return the request with packages and passes as a command's flags say."""
    return replace(
        asked,
        packages=typed.texts("packages", packages),
        without_passes=_without(typed.texts("without_passes", without_passes), symbols),
    )


def _without(off: tuple[str, ...], symbols: bool) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*off, *([] if symbols else [SYMBOLS]), *_idle_passes())))


def _application(
    source: str | Path | Sequence[str | Path], name: str, target: str | None
) -> applications.Application | None:
    """Return the application with a config.ml that is meant, None for a plain program."""
    known = applications.known(name)
    if isinstance(source, Path) and applications.is_application(source):
        if known is None or known.configuration.folder != applications.folder_of(source).absolute():
            return applications.of_path(source, target=target)
    elif not isinstance(source, str):
        return None
    return replace(known, target=applications.target_of(target)[0]) if known and target else known


def program_text(source: object) -> str:
    """Return a program's text. Raises BadRequest for the name of a file or folder."""
    text = typed.text("source", source)
    is_name = bool(text.strip()) and not re.search(r"[\n\0]", text) and len(text) < _NAME_LIMIT
    if is_name and (Path(text).exists() or re.fullmatch(r"\S+\.(ml|mli|c)", text)):
        raise BadRequest(
            f"A source is a program's text, or a Path: {text!r} is the name of a file or folder.",
            hint=f"Path({text!r})",
        )
    return text


def check_no_devices(nets: Iterable[str], blocks: Iterable[str]) -> None:
    """Raise BadRequest for devices that are named beside a config.ml."""
    named = [("netif", name) for name in typed.texts("nets", nets)]
    named += [("block_of_file", name) for name in typed.texts("blocks", blocks)]
    for combinator, name in named:
        raise BadRequest(
            f"A config.ml names the devices, and {name} is named besides.",
            hint=f'Name it there: {combinator} "{name}"',
        )


def _files(source: Path | Sequence[str | Path]) -> list[Path]:
    if isinstance(source, Path):
        return [source]
    if isinstance(source, list | tuple) and all(isinstance(file, str | Path) for file in source):
        return [Path(file) for file in source]
    raise BadRequest(
        f"A source is a program's text, a Path or a list of paths, not {typed.brief(source)}.",
        hint='A program in one file: Path("main.ml"). In several: ["one.ml", "main.ml"].',
    )


def _idle_passes() -> tuple[str, ...]:
    """Return the passes over an image that gain nothing on this host.

    Bytecode spares an emulator the translation of code that runs once; under KVM the processor runs
    it as it is. A build does not wait to learn which it will be: then it is as for an emulator.
    """
    known = accelerator.known()
    return (INITIALISER_BYTECODE,) if known and known.name == "kvm" else ()
