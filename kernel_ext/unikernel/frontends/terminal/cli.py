"""The terminal's front: `unikernel COMMAND …`."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any

from unikernel.errors import Unfinished, UnikernelError, UsageError
from unikernel.frontends import notices
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.arguments import HelpWanted
from unikernel.frontends.commands.call import Call
from unikernel.frontends.commands.debugging import gdb_command
from unikernel.frontends.commands.machines.boot import BOOTING
from unikernel.frontends.commands.parsers import parse
from unikernel.model.state import Cause
from unikernel.render import display
from unikernel.render.progress import Progress, on_terminal
from unikernel.render.reason import reason_text
from unikernel.render.results import ConsoleOutput, Verbatim
from unikernel.render.terminal_output import harmless
from unikernel_toolchain.errors import BadRequest, BuildInterrupted, ToolchainError

from . import signals, standard_streams
from .foreground import Foreground

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from unikernel.model.state import Exit

FAILURE, USAGE = 1, 2
BY_SIGNAL = 128  # as a shell reports a program that a signal ended
INTERRUPTED = BY_SIGNAL + signal.SIGINT
STATUS_OF = {
    Cause.ABORT: BY_SIGNAL + signal.SIGABRT,
    Cause.FAULT: BY_SIGNAL + signal.SIGSEGV,
    Cause.TRIPLE_FAULT: BY_SIGNAL + signal.SIGSEGV,
    Cause.STOPPED: INTERRUPTED,
    Cause.LOST: BY_SIGNAL + signal.SIGKILL,
    Cause.GIVEN_UP: BY_SIGNAL + signal.SIGKILL,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Do the command `argv` (default: this process's) and return the exit status."""
    standard_streams.open_closed()
    try:
        with signals.as_interrupts():
            return _attempt(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt as interrupt:
        return BY_SIGNAL + signals.number_of(interrupt)
    finally:
        standard_streams.discard_unwritten()


def _attempt(argv: Sequence[str]) -> int:
    try:
        return _dispatch(argv)
    except BrokenPipeError:  # the reader of our output has seen enough
        return BY_SIGNAL + signal.SIGPIPE
    except (UnikernelError, ToolchainError) as error:
        standard_streams.write_stderr(f"unikernel: {_for_terminal(str(error))}")
        if isinstance(error, BuildInterrupted):
            return INTERRUPTED
        if isinstance(error, Unfinished) and isinstance(error.__cause__, KeyboardInterrupt):
            return BY_SIGNAL + signals.number_of(error.__cause__)
        return USAGE if isinstance(error, UsageError | BadRequest) else FAILURE


def _dispatch(argv: Sequence[str]) -> int:
    try:
        options = parse(argv)
    except HelpWanted as help_wanted:
        return _print(Verbatim(help_wanted.text))
    return _run(options)


def _for_terminal(text: str) -> str:
    """Return hints as one types them in a terminal."""
    return text.replace("%%unikernel", "unikernel").replace("%unikernel", "unikernel")


def _run(options: Namespace) -> int:
    from unikernel.machines import Machine
    from unikernel_toolchain.model.image import Image

    if options.command == "plot" and not options.save:
        options.save = f"{options.image}-{options.what}.png"
    if options.command == "gdb" and not options.commands and sys.stdin.isatty():
        return gdb_command.in_terminal(options.name)
    foreground = None
    if options.command in BOOTING and not options.detach:
        foreground = Foreground(raw=options.raw)
    with Progress(on_terminal(sys.stderr)) as progress:
        call = Call(
            options,
            progress=progress,
            prompt=display.TERMINAL,
            before=foreground.attach if foreground else None,
        )
        result = actions.run(call)
    if isinstance(result, Image) and (warnings := display.compilers_warnings(result)):
        standard_streams.write_stderr(warnings)
    if isinstance(result, Machine) and (remark := notices.once_a_boot(result.remark)):
        standard_streams.write_stderr(f"unikernel: {remark}")
    return _follow(result, foreground) if foreground else _print(result)


def _print(result: object) -> int:
    if isinstance(result, ConsoleOutput):
        _print_console(result)
    else:
        standard_streams.write_text(f"{_text(result)}\n")
    return 0


def _print_console(output: ConsoleOutput) -> None:
    """Give a pipe the bytes, and a terminal what does it no harm."""
    data = output.data
    if output.raw or not sys.stdout.isatty():
        standard_streams.write(data)
        return
    standard_streams.write_text(harmless(data))
    if data and not data.endswith(b"\n"):
        standard_streams.write(b"\n")


def _text(result: object) -> str:
    from unikernel.machines import Machine
    from unikernel.model.measurement import Measurements
    from unikernel_toolchain.model.image import Image
    from unikernel_toolchain.report.reasons import Reason

    if isinstance(result, Image):
        return display.image_text(result, display.TERMINAL)
    if isinstance(result, Machine):
        return display.machine_text(result, display.TERMINAL)
    if isinstance(result, Reason):
        return reason_text(result)
    if isinstance(result, Measurements):
        return str(display.measurements_table(result))
    return str(result)


def _follow(machine: Any, foreground: Foreground) -> int:
    """Stream the console both ways until the guest ends; whatever ends us before stops it."""
    try:
        ended: Exit = foreground.run(machine)
    except KeyboardInterrupt as interrupt:
        ended = machine.stop()
        if signals.number_of(interrupt) != signal.SIGINT:
            raise
    except BaseException:
        machine.stop()
        raise
    if not ended.ok:
        standard_streams.write_stderr(f"unikernel: {machine.name}: {ended}")
    if ended.cause is Cause.EXIT and ended.status is not None:
        return ended.status
    return STATUS_OF.get(ended.cause, FAILURE)


if __name__ == "__main__":
    sys.exit(main())
