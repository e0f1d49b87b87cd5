"""The notebook's front: `%%unikernel` and `%unikernel`. The only module that imports IPython."""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.displaypub import DisplayPublisher
from IPython.core.magic import (
    Magics,
    line_cell_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)
from IPython.display import DisplayHandle, display
from traitlets import Enum, Int

from unikernel import applications
from unikernel.errors import UnikernelError
from unikernel.exploration import remaining
from unikernel.frontends import notices
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.arguments import HelpWanted
from unikernel.frontends.commands.call import Call, Views
from unikernel.frontends.commands.measuring import measure
from unikernel.frontends.commands.parsers import parse, split
from unikernel.machines import Machine
from unikernel.model import targets
from unikernel.model.measurement import Measurements
from unikernel.model.spec import DEFAULT_MEMORY_MIB
from unikernel.model.targets import ACCELERATORS, MACHINE_TYPES
from unikernel.render.display import (
    compilers_warnings,
    image_html,
    image_text,
    machine_html,
    machine_text,
    measurements_table,
)
from unikernel.render.live_console import Screen
from unikernel.render.progress import Progress, Stage, on_terminal
from unikernel.render.reason import reason_html, reason_text
from unikernel.render.results import Note, Verbatim, Warned
from unikernel_toolchain import TARGETS
from unikernel_toolchain.errors import ToolchainError

from . import boot_cell, language, marks, widgets
from .magic_line import expand, without_remark
from .streaming import Stream

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping

DEFAULTS = ("target", "memory")
EXPLORING = {"sweep", "tune"}
TARGETS_CHOICES = {"machine": "machine_types", "accel": "accelerators"}  # not every target has any


@magics_class
class UnikernelMagics(Magics):
    """`%%unikernel build NAME` over a program, `%unikernel COMMAND` for the rest.

    `%config UnikernelMagics.memory = 64` changes what a flag left out means.
    """

    target = Enum(TARGETS, TARGETS[0], help="target of builds").tag(config=True)
    memory = Int(DEFAULT_MEMORY_MIB, min=1, help="MiB of RAM of a guest").tag(config=True)
    machine = Enum(MACHINE_TYPES, MACHINE_TYPES[0], help="QEMU machine type of virtio guests").tag(
        config=True
    )
    accel = Enum(ACCELERATORS, ACCELERATORS[0], help="QEMU accelerator of virtio guests").tag(
        config=True
    )

    @no_var_expand  # done here, with errors; and never in a program's text
    @needs_local_scope
    @line_cell_magic
    def unikernel(
        self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None
    ) -> object:
        """Do a command: `%unikernel --help` lists them; without one, list machines.

        `{expression}` and `$name` stand for Python values; what follows ` #` is a remark.
        """
        shell: Any = self.shell
        names = {**shell.user_ns, **(local_ns or {})}
        try:
            options = parse(split(expand(without_remark(line), names)))
        except HelpWanted as help_wanted:
            return Verbatim(help_wanted.text)
        self._apply_defaults(options, cell)
        if type(shell.display_pub) is DisplayPublisher:  # IPython in a terminal: it only prints
            return _in_terminal(options, cell)
        with Progress(_notebook_progress()) as progress:
            result = _done(Call(options, cell, progress, views=LIVE_VIEWS), line)
        _show_remarks(result, _display)
        if isinstance(result, Machine) and not options.detach:
            boot_cell.follow(result, options.wait, _handle())
            _show_remarks(result, _display)  # of a machine that began anew meanwhile
        return result

    def _apply_defaults(self, options: Namespace, cell: str | None) -> None:
        for name in (*DEFAULTS, *_choices_of_target(options)):
            if name == "target" and _has_target_of_its_own(options, cell):
                continue
            if name in _varied(options):
                continue
            if getattr(options, name, "") is None:
                setattr(options, name, getattr(self, name))


def _done(call: Call, line: str) -> object:
    """Do the command of a line; what compilers say of the cell is marked in it, too."""
    from unikernel_toolchain.model.image import Image

    try:
        result = actions.run(call)
    except ToolchainError as error:
        if call.cell is not None:
            marks.show_error(error, line, call.cell)
        raise
    except KeyboardInterrupt as interrupt:
        told = [f"KeyboardInterrupt: {call.options.command} was interrupted."]
        interrupt._render_traceback_ = lambda: told  # type: ignore[attr-defined]
        raise
    if call.cell is not None and isinstance(result, Image):
        marks.show_warnings(result, call.cell)
    return result


def _has_target_of_its_own(options: Namespace, cell: str | None) -> bool:
    """Say whether an image or a configured application is meant, whose target stands there."""
    if options.command == "build" and not getattr(options, "of_mirage", False):
        if applications.known(options.name) is not None:
            return True
        return not options.files and applications.is_configured(Path(options.name or ""))
    if options.command in EXPLORING and cell is None:
        return True
    return options.command in {"boot", "build", "configure", "describe", "run"}


def _varied(options: Namespace) -> set[str]:
    """Return the flags of the settings that a sweep varies or sets by name: no default is meant."""
    named = dict([*getattr(options, "axis", ()), *getattr(options, "settings", ())])
    return {"memory" if name == "memory_mib" else name for name in named}


def _choices_of_target(options: Namespace) -> list[str]:
    """Return the defaults that mean something to the image that the command is about."""
    if options.command in EXPLORING:  # whose axes have targets for which they mean nothing
        return []
    with contextlib.suppress(UnikernelError):
        if hasattr(options, "image"):
            asked = targets.TARGETS.get(getattr(options, "target", None) or "")
            target = asked or targets.of(measure.image_of(options))
            return [name for name, known in TARGETS_CHOICES.items() if getattr(target, known)]
    return list(TARGETS_CHOICES)


def _show_remarks(result: object, warn: Callable[[Warned], None]) -> None:
    """Say what executes guests here, the first time, or what the compilers warned of."""
    from unikernel_toolchain.model.image import Image

    if isinstance(result, Machine) and (remark := notices.once(result.remark)):
        _display(Note(remark))
    if isinstance(result, Image) and (warnings := compilers_warnings(result)):
        warn(Warned(warnings))


def _display(value: object) -> None:
    display(value)  # type: ignore[no-untyped-call]


def _in_terminal(options: Namespace, cell: str | None) -> object:
    """Do the command where nothing can be redrawn: what a guest writes is printed as it comes."""
    stream = Stream(raw=getattr(options, "raw", False))
    with Progress(on_terminal(sys.stderr)) as progress:
        result = actions.run(Call(options, cell, progress, views=PRINTED, before=stream.attach))
    _show_remarks(result, partial(print, file=sys.stderr))
    if isinstance(result, Machine) and not options.detach:
        boot_cell.print_console(result, options.wait, stream)
    return result


def _handle() -> Any:
    """Return a new output of this cell that can be shown and updated."""
    return DisplayHandle()  # type: ignore[no-untyped-call]


def _live() -> Callable[[object], None]:
    """Return what shows a value in this cell, each in the place of the last."""
    handle = _handle()
    shown = False

    def show(value: object) -> None:
        nonlocal shown
        (handle.update if shown else handle.display)(value)
        shown = True

    return show


LIVE_VIEWS = Views(
    partial(widgets.console, output=_handle),
    widgets.panel,
    _live,
    partial(widgets.sliders, output=_handle),
)
PRINTED = Views(Screen.of, lambda machine: machine)


def _notebook_progress() -> Callable[[Stage | None], None]:
    handle = _handle()
    shown: list[Stage] = []

    def show(stage: Stage | None) -> None:
        last: object = stage or Note(f"{shown[-1].what}: done in {shown[-1].elapsed_s:.1f} s")
        (handle.update if shown else handle.display)(last)
        shown[:] = [stage] if stage else []

    return show


def load(shell: Any) -> None:
    """Register magics, completion and the looks of our values."""
    magics = UnikernelMagics(shell)
    shell.register_magics(magics)
    shell.configurables.append(magics)
    language.load(shell)
    if type(shell.display_pub) is not DisplayPublisher:  # a notebook, where it can be redrawn
        remaining.show_by(_notebook_progress)
    _register_formatters(shell.display_formatter.formatters)


def unload(shell: Any) -> None:
    """Drop magics and completion."""
    for magics in shell.magics_manager.magics.values():
        magics.pop("unikernel", None)
    language.unload(shell)
    shell.configurables[:] = [c for c in shell.configurables if not isinstance(c, UnikernelMagics)]


def _register_formatters(formatters: Any) -> None:
    from unikernel_toolchain.model.image import Image
    from unikernel_toolchain.report.reasons import Reason

    shown: tuple[tuple[type, Callable[..., str], Callable[..., str]], ...] = (
        (Image, image_text, image_html),
        (Machine, machine_text, machine_html),
        (Reason, reason_text, reason_html),
        (
            Measurements,
            lambda rows: str(measurements_table(rows)),
            lambda rows: measurements_table(rows)._repr_html_(),
        ),
    )
    for kind, text, html in shown:
        formatters["text/plain"].for_type(kind, _printed(text))
        formatters["text/html"].for_type(kind, html)
    formatters["image/png"].for_type_by_name("matplotlib.figure", "Figure", _png)


def _printed(text: Callable[..., str]) -> Callable[..., None]:
    return lambda value, printer, _cycle: printer.text(text(value))


def _png(figure: Any) -> bytes:
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=110, bbox_inches="tight")
    return picture.getvalue()
