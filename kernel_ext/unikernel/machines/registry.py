"""The machines of this process, by name, and the way to those of others."""

from __future__ import annotations

import os
import shlex
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from unikernel.errors import NameTaken, NoSuchMachine, did_you_mean
from unikernel.host import event_loop
from unikernel.model.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .core.machine import Machine

_machines: dict[str, Machine] = {}
ENDED_KEPT = 20  # machines; older ones go
FULL_KEPT = 5  # of these, with all that they said: up to two megabytes each
_NAMES_KEPT = 1000
_forgotten: dict[str, None] = {}  # names of those that went, oldest first
_lock = threading.Lock()


def machine(name: str) -> Machine:
    """Return the machine of that name: this process's, or one of the user's other processes.

    `name@pid` says which process's. Raises NoSuchMachine, also when several others have one.
    """
    if name in _machines:
        return _machines[name]
    from . import attach

    plain, _, owner = name.rpartition("@") if "@" in name else (name, "", "")
    found = [one for one in attach.named(plain) if not owner or str(one.owner_pid) == owner]
    running = [one for one in found if not one.exit]
    if len(running) > 1:
        names = " or ".join(f"{plain}@{one.owner_pid}" for one in running)
        raise NoSuchMachine(f"Several processes run a machine {plain!r}.", hint=f"Say {names}.")
    if found:
        return found[0]
    if name in _forgotten:
        raise NoSuchMachine(
            f"Machine {name!r} has ended and is off the list.",
            hint=f"Of the machines that have ended the last {ENDED_KEPT} are kept.",
        )
    known = [*_machines, *(one.name for one in attach.machines())]
    hint = did_you_mean(name, known) or "Nothing was booted yet."
    raise NoSuchMachine(f"No machine {name!r}.", hint=hint)


def others() -> tuple[Machine, ...]:
    """Return the machines of this user's other processes, and detached ones that ended."""
    from . import attach as elsewhere

    return elsewhere.machines()


async def others_async() -> tuple[Machine, ...]:
    """Return what `others` does, from the event loop."""
    from . import attach as elsewhere

    return await elsewhere.machines_async()


def machines() -> tuple[Machine, ...]:
    """Return this process's machines, running or ended, in the order they were booted."""
    return tuple(_machines.values())


def register(machine: Machine) -> None:
    """List a machine that is about to start; an ended one of its name, and old ones, give way.

    Raises NameTaken while one of its name has not ended.
    """
    with _lock:
        other = _machines.get(machine.name)
        if other and other.state is not State.EXITED:
            raise NameTaken(
                f"A machine named {machine.name!r} is {other.state}.",
                hint=f"Stop it (%unikernel stop {shlex.quote(machine.name)}), "
                "replace it (--replace), or give the new one another name (--name).",
            )
        _machines.pop(machine.name, None)
        _machines[machine.name] = machine
        _forgotten.pop(machine.name, None)
        _forget_old()


def _forget_old() -> None:
    """Take the oldest ended machines off the list, and keep little of what old ones said."""
    ended = [one for one in _machines.values() if one.state is State.EXITED]
    for one in ended[:-FULL_KEPT]:
        one.console.shorten()
    for one in ended[:-ENDED_KEPT]:
        del _machines[one.name]
        _forgotten[one.name] = None
    for name in list(_forgotten)[:-_NAMES_KEPT]:
        del _forgotten[name]


def unregister(machine: Machine) -> None:
    """Take a machine off the list."""
    with _lock:
        if _machines.get(machine.name) is machine:
            del _machines[machine.name]


def clear() -> int:
    """Take ended machines off the list; return how many."""
    with _lock:
        ended = [name for name, one in _machines.items() if one.state is State.EXITED]
        for name in ended:
            del _machines[name]
    return len(ended)


@contextmanager
def replaced(known: Iterable[Machine]) -> Iterator[None]:
    """List these machines and no other of this process while the block runs, for tests."""
    with _lock:
        before, forgotten = dict(_machines), dict(_forgotten)
        _machines.clear()
        _machines.update({machine.name: machine for machine in known})
        _forgotten.clear()
    try:
        yield
    finally:
        with _lock:
            _machines.clear()
            _machines.update(before)
            _forgotten.clear()
            _forgotten.update(forgotten)


def stop_all(timeout_s: float = 2.0) -> None:
    """Stop every machine of this process."""
    for one in machines():
        if one.state is not State.EXITED:
            one.stop(timeout_s)


def _forget_after_fork() -> None:
    """Leave machines to the parent: they are not a forked child's to stop."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()
    _machines.clear()


os.register_at_fork(after_in_child=_forget_after_fork)
event_loop.at_exit(partial(stop_all, timeout_s=0.5))
