"""The commands that list machines, talk to them, hold them and end them."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING

from unikernel.errors import UsageError
from unikernel.frontends.commands.arguments import count, seconds
from unikernel.machines import registry
from unikernel.render import display
from unikernel.render.results import ConsoleOutput, Note, Table

from .each import each, together

if TYPE_CHECKING:
    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel.machines import Machine


def add_machine(parser: Parser) -> None:
    """Add the name of one machine."""
    parser.add_argument("name", metavar="NAME", help="machine")


def add_raw(parser: Parser) -> None:
    """Add whether a terminal is given all that the guest writes."""
    parser.add_argument(
        "--raw",
        action="store_true",
        help="give a terminal all that the guest writes: titles, cursor, clipboard",
    )


def ps(call: Call) -> Table:
    """List machines."""
    return display.machines_table((*registry.machines(), *registry.others()), call.prompt)


def add_console(parser: Parser) -> None:
    """Describe `console`."""
    add_machine(parser)
    parser.add_argument("--expect", metavar="RE", help="wait until the console shows RE")
    parser.add_argument("--send", metavar="TEXT", help="type TEXT and a line end")
    parser.add_argument(
        "--timeout", type=seconds, default=10.0, metavar="S", help="seconds to wait (default 10)"
    )
    add_raw(parser)


def console(call: Call) -> object:
    """Type to a machine and wait for what it says; without either, show its live console.

    Raises NoSuchMachine, WrongState, and ConsoleTimeout when it is not shown in time.
    """
    options = call.options
    machine = registry.machine(options.name)
    if options.send is not None:
        machine.console.write(f"{options.send}\n")
    if options.expect is not None:
        text = machine.console.expect(options.expect, timeout_s=options.timeout)[0]
        return ConsoleOutput(f"{text}\n".encode(), options.raw)
    if call.views.console:
        return call.views.console(machine)
    return ConsoleOutput(machine.console.data, options.raw)


def add_panel(parser: Parser) -> None:
    """Describe `panel`."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="machine (default: all)")


def panel(call: Call) -> object:
    """Show all machines as they run, with buttons; or one. Raises NoSuchMachine."""
    if call.options.name is not None:
        return call.views.panel(registry.machine(call.options.name))
    return call.views.panel(None) or ps(call)


def add_logs(parser: Parser) -> None:
    """Describe `logs`."""
    add_machine(parser)
    parser.add_argument("-n", "--lines", type=count, metavar="N", help="only the last N lines")
    parser.add_argument("--save", metavar="FILE", help="write all that is kept to FILE instead")
    add_raw(parser)


def logs(call: Call) -> ConsoleOutput | Note:
    """Show what a machine's console showed, or save it. Raises NoSuchMachine, UsageError."""
    console = registry.machine(call.options.name).console
    if file := call.options.save:
        size = console.save(file)
        rest = f", the last of {console.size:,}" if console.size > size else ""
        return Note(f"{file}: {size:,} bytes{rest}.")
    data, count = console.data, call.options.lines
    if count:
        end = b"\n" if data.endswith(b"\n") else b""
        data = b"\n".join(data.removesuffix(b"\n").split(b"\n")[-count:]) + end
    return ConsoleOutput(data, call.options.raw)


def add_stop(parser: Parser) -> None:
    """Describe `stop`."""
    parser.add_argument("names", metavar="NAME", nargs="*", help="machines to stop")
    parser.add_argument("--all", action="store_true", help="stop every machine of this process")
    parser.add_argument(
        "--others",
        action="store_true",
        help="with --all: your other processes' machines too, also detached ones",
    )


def stop(call: Call) -> Table | Note:
    """Stop machines and say how each ended.

    What fails for some is raised once all others were stopped. Raises UsageError, NoSuchMachine.
    """
    options = call.options
    if options.all == bool(options.names):
        raise UsageError("Name the machines to stop, or write --all.")
    if options.others and not options.all:
        raise UsageError("--others goes with --all.")
    known = (*registry.machines(), *(registry.others() if options.others else ()))
    running = [machine for machine in known if machine.exit is None]
    found, errors = each(registry.machine, dict.fromkeys(options.names))
    machines = running if options.all else found
    stopped, unstopped = each(_stopped, machines)
    if errors := errors + unstopped:
        raise together(errors, f"Stopped: {', '.join(stopped)}." if stopped else "")
    if not machines:
        return Note(_none_to_stop(call.prompt))
    return display.machines_table(machines, call.prompt)


def _none_to_stop(prompt: str) -> str:
    """Say that this process runs none; those of others, which may be needed there, are named."""
    others = [one for one in registry.others() if one.exit is None]
    if not others:
        return "No machine is running."
    several = Counter(one.name for one in others)
    names = [f"{one.name}@{one.owner_pid}" if several[one.name] > 1 else one.name for one in others]
    return (
        f"This process runs no machine; others run {', '.join(names)}.\n"
        f"Stop them by their names: {prompt} stop {shlex.join(names)}\n"
        f"Or all of them: {prompt} stop --all --others"
    )


def _stopped(machine: Machine) -> str:
    machine.stop()
    return machine.name


def pause(call: Call) -> Note:
    """Hold a machine. Raises NoSuchMachine and WrongState."""
    machine = registry.machine(call.options.name)
    machine.pause()
    return Note(f"{machine.name}: {machine.state}")


def resume(call: Call) -> Note:
    """Let a paused machine run on. Raises NoSuchMachine and WrongState."""
    machine = registry.machine(call.options.name)
    machine.resume()
    return Note(f"{machine.name}: {machine.state}")


def reset(call: Call) -> Note:
    """Reboot a machine in place. Raises NoSuchMachine and WrongState."""
    machine = registry.machine(call.options.name)
    machine.reset()
    return Note(f"{machine.name}: {machine.state}")
