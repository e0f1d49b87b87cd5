"""The command `snapshot`: a machine saved, taken back, compared with itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from unikernel.errors import UsageError
from unikernel.frontends.commands import candidates
from unikernel.machines import registry
from unikernel.machines.snapshots import store
from unikernel.render.results import Note, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel.machines import Machine
    from unikernel.render.results import Result


def add(parser: Parser) -> None:
    """Describe the command."""
    parser.add_argument("action", choices=ACTIONS, metavar="ACTION", help=", ".join(ACTIONS))
    parser.add_argument("name", metavar="NAME", nargs="?", help="machine")
    parser.add_argument(
        "names", metavar="SNAPSHOT", nargs="*", help="save AS · restore · delete · compare A B"
    )


def operands(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return what may be typed next: an action, a machine, snapshots of it."""
    if not given:
        return "choice", ACTIONS
    able = {machine.name: machine for machine in candidates.machines() if machine.can_snapshot}
    if len(given) == 1:
        return "machine", able
    known = able[given[1]].snapshots if given[1] in able and given[0] != "save" else ()
    return "snapshot", [one.name for one in known]


def snapshot(call: Call) -> Result:
    """Save a machine, bring it back, list and forget what was saved, compare memory.

    Raises NoSuchMachine, WrongState, UsageError, QmpError.
    """
    options = call.options
    if options.action == "list" and options.name is None:
        return _all(call.prompt)
    count, act = _ACTIONS[options.action]
    if options.name is None or len(options.names) != count:
        raise UsageError(
            f"snapshot {options.action} is written: snapshot {options.action} "
            f"{_FORMS[options.action]}"
        )
    return act(registry.machine(options.name), *options.names)


def _all(prompt: str) -> Table:
    machines = (*registry.machines(), *registry.others())
    rows = [row for machine in machines if not machine.exit for row in _rows(machine)]
    empty = f"There are no snapshots. {prompt} snapshot save NAME AS takes one."
    return _table(rows, empty)


def _list(machine: Machine) -> Table:
    return _table(_rows(machine), f"{machine.name!r} has no snapshots.")


def _table(rows: list[tuple[str, ...]], empty: str) -> Table:
    return Table(("MACHINE", "SNAPSHOT", "TAKEN", "MIB>", "CAN BE"), tuple(rows), empty=empty)


def _rows(machine: Machine) -> list[tuple[str, ...]]:
    return [
        (
            machine.name,
            one.name,
            time.strftime("%H:%M:%S", time.localtime(one.taken_at)),
            f"{one.size_bytes / (1 << 20):.1f}",
            "restored, compared" if one.can_be_restored else "compared",
        )
        for one in machine.snapshots
    ]


def _save(machine: Machine, name: str) -> Note:
    taken = machine.snapshot(name)
    what = (
        "" if taken.can_be_restored else ", its memory, to be compared: Linux restores no process"
    )
    return Note(f"{machine.name}: saved as {name}{what} ({taken.size_bytes / (1 << 20):.1f} MiB)")


def _restore(machine: Machine, name: str) -> Note:
    machine.restore(name)
    return Note(f"{machine.name}: as it was at {name}, and {machine.state}")


def _delete(machine: Machine, name: str) -> Note:
    machine.delete_snapshot(name)
    return Note(f"{machine.name}: {name} is deleted")


def _compare(machine: Machine, before: str, after: str) -> Result:
    from unikernel import debugging
    from unikernel.render.differences import DifferenceView

    two = (store.find(machine.folder_name, machine.name, name) for name in (before, after))
    return DifferenceView(debugging.compare(*two))


_FORMS = {
    "save": "NAME AS",
    "restore": "NAME SNAPSHOT",
    "list": "[NAME]",
    "delete": "NAME SNAPSHOT",
    "compare": "NAME SNAPSHOT SNAPSHOT",
}
_ACTIONS: dict[str, tuple[int, Callable[..., Result]]] = {
    "save": (1, _save),
    "restore": (1, _restore),
    "list": (0, _list),
    "delete": (1, _delete),
    "compare": (2, _compare),
}
ACTIONS = tuple(_FORMS)
