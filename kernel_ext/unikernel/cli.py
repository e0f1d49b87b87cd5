"""The terminal's front: `unikernel COMMAND …`."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING

from unikernel_toolchain import refusals
from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.errors import UsageError as ToolchainUsageError

from . import announced, display
from .commands import actions
from .commands.arguments import HelpWanted
from .commands.call import Call
from .commands.parsers import parse
from .errors import UnikernelError, UsageError
from .progress import Progress, on_terminal
from .state import Cause

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from .machines import Machine

FAILURE, USAGE, INTERRUPTED = 1, 2, 130
STATUS_OF = {  # as a shell reports SIGABRT, SIGSEGV, SIGINT and SIGKILL
    Cause.ABORT: 134,
    Cause.FAULT: 139,
    Cause.TRIPLE_FAULT: 139,
    Cause.STOPPED: INTERRUPTED,
    Cause.LOST: 137,
    Cause.GIVEN_UP: 137,
}


def main(words: Sequence[str] | None = None) -> int:
    """Do the command `words` (default: this process's) and return the exit status."""
    try:
        status = _attempt(sys.argv[1:] if words is None else words)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as problem:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        words = refusals.reason(problem)
        print(f"unikernel: The output cannot be written: {words}.", file=sys.stderr)
        return FAILURE
    return status


def _attempt(words: Sequence[str]) -> int:
    try:
        return _run(parse(words))
    except HelpWanted as help_wanted:
        print(help_wanted.text, end="")
        return 0
    except (UnikernelError, ToolchainError) as error:
        print(f"unikernel: {_for_terminal(str(error))}", file=sys.stderr)
        return USAGE if isinstance(error, UsageError | ToolchainUsageError) else FAILURE
    except KeyboardInterrupt:
        return INTERRUPTED


def _for_terminal(words: str) -> str:
    """Return hints as one types them in a terminal."""
    return words.replace("%%unikernel", "unikernel").replace("%unikernel", "unikernel")


def _run(options: Namespace) -> int:
    from .machines import Machine

    if options.command == "plot" and not options.output:
        options.output = f"{options.image}-{options.what}.png"
    with Progress(on_terminal(sys.stderr)) as progress:
        call = Call(options, progress=progress, prompt=display.TERMINAL)
        result = actions.run(call)
    if isinstance(result, Machine) and (remark := announced.once(result.remark)):
        print(f"unikernel: {remark}", file=sys.stderr)
    if isinstance(result, Machine) and not options.detach:
        return _foreground(result)
    print(_text(result))
    return 0


def _text(result: object) -> str:
    from unikernel_toolchain.image import Image

    from .machines import Machine
    from .measurement import Measurements

    if isinstance(result, Image):
        return display.image_text(result, display.TERMINAL)
    if isinstance(result, Machine):
        return display.machine_text(result, display.TERMINAL)
    if isinstance(result, Measurements):
        return str(display.measurements_table(result))
    return str(result)


def _foreground(machine: Machine) -> int:
    """Stream the console both ways until the guest ends; Ctrl-C stops it."""
    try:
        machine.console.subscribe(_say, replay=True)
        threading.Thread(target=_type_into, args=(machine,), daemon=True).start()
        ended = machine.wait()
    except KeyboardInterrupt:
        ended = machine.stop()
    if not ended.ok:
        print(f"unikernel: {machine.name}: {ended}", file=sys.stderr)
    if ended.cause is Cause.EXIT and ended.status is not None:
        return ended.status
    return STATUS_OF.get(ended.cause, FAILURE)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _type_into(machine: Machine) -> None:
    """Pass what is typed on; below Python's buffers, whose lock would outlive this thread."""
    with contextlib.suppress(OSError, UnikernelError):
        while typed := os.read(sys.stdin.fileno(), 4096):
            machine.console.write(typed)


if __name__ == "__main__":
    sys.exit(main())
