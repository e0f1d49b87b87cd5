"""The Python API's verbs that need more than one module: build, look up, list."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import unikernel_toolchain as toolchain
from unikernel_toolchain.model import typed
from unikernel_toolchain.model.config import Config, Language

from . import applications, images, programs
from .errors import UsageError
from .machines import registry
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
    asked = programs.request(
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
        text = programs.program_text(source)
        application = applications.of_text(text, target=target, words=words, first_line=first_line)
    found = application.configured(progress)
    if name:
        applications.remember(name, application)
    return found


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
