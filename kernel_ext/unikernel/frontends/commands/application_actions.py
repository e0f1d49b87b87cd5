"""What `config`, `configure`, `describe`, `run` and `mirage` do: applications with a config.ml."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel import api, applications
from unikernel.errors import UsageError
from unikernel.model.block import Block
from unikernel.model.directory import Directory
from unikernel.render.configured import Description, DotText
from unikernel.render.results import Note, Verbatim
from unikernel_toolchain.configuration import left_files

from .boot_action import boot_image

if TYPE_CHECKING:
    from argparse import Namespace

    from unikernel.applications import Application
    from unikernel.machines import Machine
    from unikernel.render.results import Result
    from unikernel_toolchain.model.configuration import Configured
    from unikernel_toolchain.model.image import Image

    from .call import Call

_FIRST_LINE = 2  # line 1 of a cell is the magic


def config(call: Call) -> Result:
    """Configure the cell: what it describes is built with the next build of that name."""
    options = call.options
    if call.cell is None:
        application = applications.known(options.name)
        if application is None:
            raise UsageError(
                f"Nothing is configured as {options.name!r}.",
                hint=f"Write a config.ml under %%unikernel config {options.name}.",
            )
    else:
        application = applications.of_text(
            call.cell,
            label=f"config {options.name}",
            target=options.target,
            words=options.words,
            first_line=_FIRST_LINE,
        )
    configured = application.configured(call.progress)
    if call.cell is not None:
        applications.remember(options.name, application)
    next_step = f"%{call.prompt} build {options.name}"
    return _described(application, configured, options, next_step=next_step)


def configure(call: Call) -> Result:
    """Configure the application in a folder, and leave there what can be read."""
    options = call.options
    application = _in_folder(options, anew=True)
    configured = application.configured(call.progress)
    if not options.dry_run:
        applications.leave(application, configured, Path(options.folder))
    folder = "" if options.folder == "." else f" {options.folder}"
    next_step = f"{call.prompt} {options.build}{folder}"
    return _described(application, configured, options, next_step=next_step)


def describe(call: Call) -> Result:
    """Describe the application in a folder, or the one configured by name."""
    options = call.options
    named = applications.known(options.folder)
    folder_is_meant = applications.is_folder(Path(options.folder))
    application = named if named and not folder_is_meant else _in_folder(options)
    configured = application.configured(call.progress)
    return _described(application, configured, options, next_step="")


def _described(
    application: Application, configured: Configured, options: Namespace, *, next_step: str
) -> Result:
    if getattr(options, "dry_run", False):
        parts = [f"==> {name}\n{text.rstrip()}\n" for name, text in configured.files.items()]
        return Verbatim("\n".join(parts))
    if getattr(options, "dot", False):
        return _dot(configured, getattr(options, "output", None))
    notes = (application.note, *configured.notes) if application.note else configured.notes
    return Description(configured, notes, next_step)


def _dot(configured: Configured, output: str | None) -> Result:
    if not output:
        return DotText(configured.dot)
    Path(output).write_text(configured.dot, encoding="utf-8")
    return Note(f"Wrote {output}")


def build_folder(call: Call, folder: Path) -> Image | Verbatim:
    """Build the application in a folder, and leave the image there as MirageOS does."""
    application = _to_build(call, folder)
    return _build(call, folder, application, application.configured(call.progress))


def _to_build(call: Call, folder: Path) -> Application:
    options = call.options
    if getattr(options, "must_be_configured", False) and not left_files.words_in(folder):
        raise UsageError(
            "Nothing is configured here.", hint="First: unikernel mirage configure -t TARGET"
        )
    return applications.of_folder(folder, target=options.target)


def _build(
    call: Call, folder: Path, application: Application, configured: Configured
) -> Image | Verbatim:
    options = call.options
    request = api.with_options(
        application.request(configured.name),
        packages=options.package,
        symbols=not options.no_symbols,
        without_passes=options.without_pass,
    )
    if options.plan:
        from unikernel_toolchain import plan

        return Verbatim(str(plan(request)))
    image = api.built(request, fresh=options.fresh, progress=call.progress)
    _leave_product(image, folder)
    return image


def _leave_product(image: Image, folder: Path) -> None:
    """Put the image into the folder under the name that MirageOS gives it."""
    product = folder / left_files.product_name(image.name, image.target)
    draft = product.with_name(f".{product.name}.{os.getpid()}")
    try:
        shutil.copy(image.path, draft)
        draft.replace(product)
    finally:
        draft.unlink(missing_ok=True)


def run(call: Call) -> Machine:
    """Build the application in a folder, and boot it."""
    folder = Path(call.options.folder)
    application = _to_build(call, folder)
    configured = application.configured(call.progress)
    image = _build(call, folder, application, configured)
    assert not isinstance(image, Verbatim)
    _find_files(call.options, image, configured, folder)
    return boot_image(call, image)


def _find_files(options: Namespace, image: Image, configured: Configured, folder: Path) -> None:
    """Put what config.ml names and the folder holds behind devices that the line says nothing of.

    A process of MirageOS 3.9 opens them so by itself.
    """
    for kinds, given, made in (
        (image.blocks, options.block, lambda path: Block(file=str(path))),
        (image.kvs, options.kv, lambda path: Directory(str(path))),
    ):
        said = {name or next(iter(kinds), "") for name, _ in given}
        for name in kinds:
            if name in said or name in image.disks:
                continue
            path = folder / configured.paths.get(name, name)
            if path.exists():
                given.append((name, made(path)))
            elif name in configured.paths:
                raise _not_there(name, path)


def _not_there(device: str, path: Path) -> UsageError:
    return UsageError(
        f"config.ml names {path.name}, and there is no {path}.",
        hint=f"Put it there, or say what else is behind the device: --block {device}=FILE, or "
        f"--block {device}=64M for an empty disk.",
    )


def clean_folder(folder: Path) -> Note:
    """Remove what configure and build left in a folder."""
    applications.check_is_folder(folder)
    removed = left_files.remove(folder)
    what = ", ".join(removed)
    return Note(f"Removed from {folder}: {what}." if removed else f"{folder} is clean.")


def _in_folder(options: Namespace, *, anew: bool = False) -> Application:
    words = options.words if anew or options.words else None
    target = options.target
    if anew and not target:
        target = os.environ.get(applications.TARGET_VARIABLE) or options.default_target
    return applications.of_folder(
        Path(options.folder),
        target=target,
        words=words,
        config=Path(options.file) if options.file else None,
    )
