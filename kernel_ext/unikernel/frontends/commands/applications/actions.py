"""What `config`, `configure`, `describe`, `run` and `mirage` do: applications with a config.ml."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel import api, applications, programs
from unikernel.errors import UnikernelError, UsageError
from unikernel.frontends.commands.machines.boot import boot_image
from unikernel.model.block import Block
from unikernel.model.directory import Directory
from unikernel.render.results import Note, Verbatim
from unikernel_toolchain.configuration import left_files
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.sources.text import shown

from .views import described, key_help

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator

    from unikernel.applications import Application, Place
    from unikernel.frontends.commands.call import Call
    from unikernel.machines import Machine
    from unikernel.render.results import Result
    from unikernel_toolchain.model.configuration import Configured
    from unikernel_toolchain.model.image import Image

_ANOTHER_DISK = "--block {0}=FILE, or --block {0}=64M for an empty disk."
_ANOTHER_FOLDER = "--kv {0}=FOLDER"
_FIRST_LINE = 2  # line 1 of a cell is the magic


def config(call: Call) -> Result:
    """Configure the cell: what it describes is built with the next build of that name."""
    options = call.options
    if options.help:
        return key_help(call, partial(_of_cell, call))
    if call.cell is None:
        application = applications.known(options.name)
        if application is None:
            raise UsageError(
                f"Nothing is configured as {options.name!r}.",
                hint=f"Write a config.ml under %%unikernel config {options.name}.",
            )
    else:
        application = _of_cell(call)
    configured = application.configured(call.progress)
    if call.cell is not None:
        applications.remember(options.name, application)
    next_step = f"%{call.prompt} build {shlex.quote(options.name)}"
    return described(application, configured, options, next_step=next_step)


def _of_cell(call: Call) -> Application:
    return applications.of_text(
        call.cell or "",
        label=f"config {call.options.name}",
        target=call.options.target,
        words=call.options.words,
        first_line=_FIRST_LINE,
    )


def configure(call: Call) -> Result:
    """Configure the application in a folder, and leave there what can be read."""
    options = call.options
    place = place_of(options, anew=True)
    asked = partial(
        applications.of_place,
        place,
        target=options.target,
        words=options.words,
        anew=True,
        default=options.default_target,
    )
    if options.help:
        return key_help(call, asked)
    application = asked().evaluated(call.progress)
    configured = application.configured()
    if not options.dry_run:
        with _changing(place.left, "The files of configure cannot be left"):
            applications.leave(application, configured, place, options.output or "")
    left = str(place.left)
    folder = shlex.quote(f"./{left}" if left.startswith("-") else left)
    next_step = f"{call.prompt} {getattr(options, 'build', '') or f'build {folder}'}"
    return described(application, configured, options, next_step=next_step.removesuffix(" ."))


def describe(call: Call) -> Result:
    """Describe the application in a folder, or the one configured by name."""
    options = call.options
    named = applications.known(options.folder) if options.folder else None
    if named and not applications.is_folder(Path(options.folder)):
        asked: Callable[[], Application] = lambda: named  # noqa: E731 (of one expression)
    else:
        place = place_of(options)
        asked = partial(applications.of_place, place, target=options.target, words=options.words)
    if options.help:
        return key_help(call, asked)
    application = asked()
    configured = application.configured(call.progress)
    return described(application, configured, options, next_step="")


def place_of(options: Namespace, *, anew: bool = False) -> Place:
    """Return the place of the application that a command is about."""
    folder = Path(options.folder) if options.folder else None
    build_dir = getattr(options, "build_dir", None)
    return applications.place_of(
        folder, config=getattr(options, "file", None), build_dir=build_dir, anew=anew
    )


def build_place(call: Call, place: Place) -> Image | Verbatim:
    """Build the application in a place, and leave the image there as MirageOS does."""
    options = call.options
    programs.check_no_devices(getattr(options, "net", ()), getattr(options, "block", ()))
    if getattr(options, "lang", None) == "c":
        raise UsageError(
            "An application with a config.ml begins in OCaml.",
            hint="C files beside its modules are compiled and linked with them.",
        )
    application = _to_build(call, place)
    image = _build(call, application, application.configured())
    if not isinstance(image, Verbatim):
        built = f"It is built, and boots from the cache: unikernel boot {shlex.quote(image.name)}"
        with _changing(place.left, "The image cannot be left", built):
            _leave_product(image, place.left)
    return image


@contextlib.contextmanager
def _changing(folder: Path, what: str, hint: str = "") -> Iterator[None]:
    """Raise UnikernelError that says `what` when a folder of a person's does not take it."""
    try:
        yield
    except OSError as problem:
        elsewhere = "Another place for all that is made is named by: configure DIR -b FOLDER"
        why = os_errors.reason(problem)
        raise UnikernelError(
            f"{what} in {shown(folder)}: {why}.", hint=hint or elsewhere
        ) from problem


def _to_build(call: Call, place: Place) -> Application:
    options = call.options
    if getattr(options, "of_mirage", False) and not applications.is_configured(place.left):
        raise UsageError(
            f"Nothing is configured in {shown(place.left)}.",
            hint="First: unikernel mirage configure -t TARGET",
        )
    return applications.of_place(place, target=options.target).evaluated(call.progress)


def _build(call: Call, application: Application, configured: Configured) -> Image | Verbatim:
    options = call.options
    request = programs.with_options(
        application.request(configured.name),
        packages=options.package,
        symbols=not options.no_symbols,
        without_passes=options.without_pass,
    )
    if options.plan:
        from unikernel_toolchain import plan

        return Verbatim(str(plan(request)))
    return api.built(request, fresh=options.fresh, progress=call.progress)


def _leave_product(image: Image, folder: Path) -> None:
    """Put the image into the folder under the name that MirageOS gives it.

    Raises UsageError when something of that name is the application's own.
    """
    product = folder / left_files.product_name(image.name, image.target)
    if product.exists() and not left_files.is_program(product):
        raise UsageError(
            f"The image would be called {product.name}, and {shown(product)} is something else.",
            hint="Rename that, or register the application under another name in config.ml. "
            f"It is built: unikernel boot {shlex.quote(image.name)}",
        )
    folder.mkdir(parents=True, exist_ok=True)  # nothing need be configured there
    draft = product.with_name(f".{product.name}.{os.getpid()}")
    try:
        shutil.copy(image.path, draft)
        left_files.remember_image(folder, product.name)
        draft.replace(product)
    finally:
        draft.unlink(missing_ok=True)


def run(call: Call) -> Machine:
    """Build the application in a folder, and boot it."""
    place = place_of(call.options)
    application = _to_build(call, place)
    configured = application.configured()
    image = _build(call, application, configured)
    assert not isinstance(image, Verbatim)
    with contextlib.suppress(OSError, UsageError):  # it boots from the cache, without the folder
        _leave_product(image, place.left)
    _find_files(call.options, image, configured, place.folder)
    return boot_image(call, image)


def _find_files(options: Namespace, image: Image, configured: Configured, folder: Path) -> None:
    """Put what config.ml names and the folder holds behind devices that the line says nothing of.

    A process of MirageOS 3.9 opens them so by itself.
    """
    for kinds, given, made, instead in (
        (image.blocks, options.block, lambda path: Block(file=str(path)), _ANOTHER_DISK),
        (image.kvs, options.kv, lambda path: Directory(str(path)), _ANOTHER_FOLDER),
    ):
        said = {name or next(iter(kinds), "") for name, _ in given}
        for name in kinds:
            if name in said or name in image.disks:
                continue
            path = folder / configured.paths.get(name, name)
            if path.exists():
                given.append((name, made(path)))
            elif name in configured.paths:
                raise UsageError(
                    f"config.ml names {path.name}, and there is no {path}.",
                    hint=f"Put it there, or say what else is behind it: {instead.format(name)}",
                )


def clean_place(call: Call) -> Note:
    """Remove what configure and build left in a folder."""
    place = place_of(call.options)
    left = place.left
    if not left.exists() and left != place.folder:
        return Note(f"{shown(left)} is clean.")
    if not applications.is_configured(left):
        applications.check_is_folder(place.config.parent)
    with _changing(left, "What was made cannot be removed", "Nothing else is to be removed."):
        what = ", ".join(left_files.remove(left))
    if left != place.folder:
        with contextlib.suppress(OSError):  # something else is in it, or we are
            left.rmdir()
    return Note(f"Removed from {shown(left)}: {what}." if what else f"{shown(left)} is clean.")
