"""What commands about applications show: help with the keys of config.ml, and descriptions."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from unikernel.errors import UsageError
from unikernel.model.calls.saving import saved
from unikernel.render.configured import Description, DotText
from unikernel.render.results import ConsoleOutput, Note, Verbatim
from unikernel_toolchain.errors import BuildInterrupted, ToolchainError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from unikernel.applications import Application
    from unikernel.frontends.commands.call import Call
    from unikernel.render.results import Result
    from unikernel_toolchain.model.configuration import Configured


def key_help(call: Call, asked: Callable[[], Application]) -> Verbatim:
    """Show the command's help, and the keys of the config.ml that it would be about."""
    text = call.options.help.rstrip("\n")
    try:
        application = asked()
        keys = application.key_help(call.progress).strip("\n")
    except BuildInterrupted:
        raise
    except (ToolchainError, UsageError) as problem:
        return Verbatim(f"{text}\n\nKeys of config.ml are flags too. {problem}")
    return Verbatim(f"{text}\n\nKeys of {application.configuration.label}, flags too:\n\n{keys}")


def described(
    application: Application, configured: Configured, options: Namespace, *, next_step: str
) -> Result:
    """Show what is configured as the flags say: files, the graph, or all of it."""
    if getattr(options, "dry_run", False):
        parts = [f"==> {name}\n{text.rstrip()}\n" for name, text in configured.files.items()]
        return Verbatim("\n".join(parts))
    if command := getattr(options, "dot_command", None):
        return _given_to(command, configured.dot)
    notes = [application.note, *configured.notes]
    if getattr(options, "no_eval", False):
        notes.append("Keys are decided here: the flags say what the graph is with other values.")
    described = Description(configured, tuple(filter(None, notes)), next_step)
    shown = DotText(configured.dot) if getattr(options, "dot", False) else described
    output = options.output if options.command == "describe" else None
    if not output:
        return shown
    with saved(output) as file:
        file.write_text(f"{shown}\n", encoding="utf-8")
    return Note(f"Wrote {output}")


def _given_to(command: str, dot: str) -> ConsoleOutput:
    """Give the graph to a command of a person's, and return what it writes. Raises UsageError."""
    with subprocess.Popen(
        ["sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        written, _ = process.communicate(dot.encode())
    if process.returncode:
        raise UsageError(
            f"{command!r} ended with status {process.returncode}.",
            hint="--dot-command is a shell's command that reads a graph of Graphviz's from stdin.",
        )
    return ConsoleOutput(written)
