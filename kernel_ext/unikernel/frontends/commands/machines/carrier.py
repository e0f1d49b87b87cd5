"""The commands `qmp` and `xl`: what carries a guest is asked in its own words."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from unikernel.errors import UnikernelError, UsageError
from unikernel.frontends.commands import candidates
from unikernel.machines import registry
from unikernel.machines.xen.xl import words
from unikernel.render.results import Reply, Verbatim

from .control import add_machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call


def add_qmp(parser: Parser) -> None:
    """Describe `qmp`."""
    add_machine(parser)
    parser.add_argument("request", metavar="COMMAND", help="QMP command, or a whole JSON request")
    parser.add_argument("json", metavar="JSON", nargs="?", help="its arguments: '{\"key\": value}'")


def qmp(call: Call) -> Reply:
    """Send QEMU a QMP command.

    Raises NoSuchMachine, WrongState, UsageError, and QmpError when it refuses.
    """
    options = call.options
    command, arguments = _qmp_request(options.request, options.json)
    return Reply(registry.machine(options.name).qmp(command, arguments))


def _qmp_request(request: str, arguments: str | None) -> tuple[str, dict[str, Any]]:
    """Return command and arguments of `COMMAND [JSON]` or of a whole JSON request.

    Raises UsageError.
    """
    if request.startswith("{"):
        whole = _json_object(request)
        if arguments is not None or not isinstance(whole.get("execute"), str):
            raise UsageError(
                f"{request} is no QMP request.",
                hint="A request is '{\"execute\": \"query-status\"}', or: query-status '{…}'.",
            )
        return whole["execute"], dict(whole.get("arguments") or {})
    return request, _json_object(arguments) if arguments else {}


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        hint = "Put the JSON between single quotes: '{\"id\": 1}'."
        raise UsageError(f"{text} is no JSON: {error}.", hint=hint) from error
    if not isinstance(value, dict):
        raise UsageError(f"{text} is no JSON object.", hint="Arguments look like '{\"id\": 1}'.")
    return value


def resettable(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return the machines under QEMU, for the first operand."""
    names = (machine.name for machine in candidates.machines() if machine.can_reset)
    return ("machine", list(names)) if not given else ("argument", ())


def qmp_operands(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return what may be typed next: a machine, then a command that its QEMU has."""
    return ("QMP command", _qmp_commands(given[0])) if len(given) == 1 else resettable(given)


def _qmp_commands(name: str) -> tuple[str, ...]:
    try:
        reply = registry.machine(name).qmp("query-commands")
    except (UnikernelError, TimeoutError):
        return ()
    return tuple(entry["name"] for entry in reply) if isinstance(reply, list) else ()


def add_xl(parser: Parser) -> None:
    """Describe `xl`."""
    add_machine(parser)
    parser.add_argument(
        "words",
        metavar="ARGUMENT",
        nargs="+",
        help="of xl, such as: list, dmesg, debug-keys q; or xenstore-ls [PATH]",
    )


def xl(call: Call) -> Verbatim:
    """Run xl in the dom0 of a domain and show what it says.

    Raises NoSuchMachine, WrongState, UsageError for what may not be run, and Dom0Refused when it
    fails.
    """
    return Verbatim(registry.machine(call.options.name).xl(*call.options.words))


def parse_xl(_: Parser, argv: Sequence[str]) -> argparse.Namespace | None:
    """Return the options of a line whose words are all xl's, flags too."""
    if len(argv) > 2 and not argv[1].startswith("-"):
        return argparse.Namespace(command="xl", name=argv[1], words=list(argv[2:]), arguments=[])
    return None


def xl_operands(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return what may be typed next: a domain, then a command of xl's."""
    if not given:
        return "machine", [machine.name for machine in candidates.machines() if machine.has_xl]
    return "xl command", (*words.SUBCOMMANDS, words.XENSTORE) if len(given) == 1 else ()
