"""The Python API's verbs that need more than one module: build, look up, list."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import unikernel_toolchain as toolchain
from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.model import typed
from unikernel_toolchain.model.config import DEFAULT_TARGET, Config, Language, check_language
from unikernel_toolchain.model.device import block_devices, network_devices
from unikernel_toolchain.postlink import INITIALISER_BYTECODE, SYMBOLS
from unikernel_toolchain.sources.files import SUFFIX_OF, gather, language_of
from unikernel_toolchain.sources.text import Sources

from . import applications, images
from .errors import UsageError
from .machines import registry
from .machines.qemu import accelerator
from .model.calls import key_words
from .model.calls.arguments import checked
from .render import display
from .render.documentation import Documentation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from unikernel_toolchain.model.configuration import Configured
    from unikernel_toolchain.model.image import Image
    from unikernel_toolchain.report.reasons import Reason

    from .machines import Machine
    from .model.debugging.packets import PacketFilter
    from .render.packets import PacketView
    from .render.results import Table

_log = logging.getLogger(__name__)
_NAME_LIMIT = 256  # of a file or folder: a longer text is a program


@checked
def build(
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
    fresh: bool = False,
    first_line: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> Image:
    """Build `source` into an image called `name`.

    `source` is a program's text, or the Path of a file, or a list of paths: OCaml files in the
    order to compile them, C files in any, or folders of these. What C files include is found beside
    them and below. The language is `language`, else what the first suffix says, else OCaml. `nets`
    and `blocks` name network and block devices by their purpose, in order. The Path of a folder
    with a config.ml is an application of MirageOS 3.9; so is a text whose `name` was configured
    before, see `configure`. Without `symbols` fault reports have addresses alone; `without_passes`
    names other passes over the linked image to turn off. `fresh` builds past the cache.
    `first_line` is the line errors count from. `progress(what, done, total)` hears of the first
    build of the library OS.
    What the compilers warned of is logged, and in the image's `log`. Raises ToolchainError when the
    build fails.
    """
    asked = request(
        source,
        name=name,
        target=target,
        language=language,
        packages=packages,
        nets=nets,
        blocks=blocks,
        symbols=symbols,
        without_passes=without_passes,
        first_line=first_line,
    )
    image = built(asked, fresh=fresh, progress=progress)
    if warnings := display.compilers_warnings(image):
        _log.warning("%s", warnings)
    return image


@checked
def configure(
    source: str | Path,
    *,
    name: str | None = None,
    target: str | None = None,
    keys: Sequence[str] | Mapping[str, object] = (),
    first_line: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> Configured:
    """Return what a config.ml of MirageOS 3.9 describes: devices, packages, modules, the graph.

    `source` is its text, or the Path of the folder that holds it. `keys` are configure-stage keys
    by their options, {"dhcp": True}, or flags: ["--dhcp", "true"]. A value is a text, a number, a
    truth (of a flag, True gives it), an address, a path, or a list of these; None leaves a key out.
    With a `name`, the next `build` of that name
    builds this application: a text is the module that config.ml starts, the Path of the folder all
    that is in it. Without, a folder's `build` has the keys that `unikernel configure` was told
    there. Nothing is written. Raises CompileError with config.ml's own lines.
    """
    words = key_words.words_of(keys)
    if isinstance(source, Path):
        application = applications.of_path(source, target=target, words=words)
    else:
        text = _program_text(source)
        application = applications.of_text(text, target=target, words=words, first_line=first_line)
    found = application.configured(progress)
    if name:
        applications.remember(name, application)
    return found


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


def built(
    asked: Config, *, fresh: bool = False, progress: Callable[[str, int, int], None] | None = None
) -> Image:
    """Build what is asked for, and know it by its name. Raises ToolchainError."""
    image = toolchain.build(asked, fresh=fresh, progress=progress)
    images.remember(image, asked)
    return image


def for_target(
    image: Image, target: str, *, progress: Callable[[str, int, int], None] | None = None
) -> Image:
    """Return the image if it is for `target`; else its program, built for that target.

    It then is the image of its name. Raises UsageError when its program is not known, which is so
    of an image that another process built, and ToolchainError when the build fails.
    """
    if image.target == target:
        return image
    asked = images.request_of(image)
    if asked is None:
        raise UsageError(
            f"{image.name} was built for {image.target}, and its program is not known here.",
            hint=f"Build it with -t {target}, then boot it.",
        )
    # What a config.ml says may differ from target to target: it is run again.
    return built(replace(asked, target=target, evaluation=None), progress=progress)


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
        found = Sources({f"cell{SUFFIX_OF[language]}": _program_text(source)})
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


def _program_text(source: object) -> str:
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


@checked
def image(name: str) -> Image:
    """Return the image last built as `name`. Raises NoSuchImage."""
    return images.image(name)


@images.by_name
def why(image: Image, module: str) -> Reason:
    """Return why `module` is in an image: the chain of references that keeps it there.

    `module` is named as its source does, Str or Stdlib.List, or as package.Module; a package, or a
    symbol, stands for its module. Raises NoSuchImage, BadRequest when there is no such module, and
    ImageInvalid when the image is gone or damaged.
    """
    from unikernel_toolchain.report import reasons
    from unikernel_toolchain.store import images as built_images

    built_images.check(image)
    return reasons.why(image, typed.text("module", module))


@checked
def machine(name: str) -> Machine:
    """Return the machine called `name`. Raises NoSuchMachine."""
    return registry.machine(name)


@checked
def packets(path: str | Path, wanted: PacketFilter | None = None) -> PacketView:
    """Return the packets of a pcap file, those that are `wanted`; it may be being written.

    A value that shows itself as a table and a chart, and has `to_frame()` and `save(path)`. Raises
    UsageError when the file cannot be read or is no capture of Ethernet.
    """
    from .debugging.captures import reading
    from .render.packets import PacketView

    return PacketView(reading.packets(path, wanted))


@checked
def ps() -> Table:
    """Return this user's machines as a table: this process's first, then other processes'."""
    return display.machines_table((*registry.machines(), *registry.others()))


@checked
def doc(name: str, *, progress: Callable[[str, int, int], None] | None = None) -> Documentation:
    """Return the documentation of a findlib package, a module, or what is in one.

    Such as "lwt", "Mirage_stack", "Lwt.bind". What has to be built to read it is built, and told
    to `progress(what, done, total)`. Raises BadRequest for a name that means nothing here.
    """
    from unikernel_toolchain.language.documentation import document

    found = document(typed.text("name", name), progress)
    return Documentation(found.heading, found.facts, found.comment, found.interface)
