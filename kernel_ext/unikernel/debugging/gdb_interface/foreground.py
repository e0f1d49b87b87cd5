"""gdb on the terminal, for a person: everything loaded, the guest held, its prompt."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unikernel.host import event_loop
from unikernel.model.state import State
from unikernel_toolchain.tools import locate

from . import attaching, launching, workspace
from .session import FLAGS

if TYPE_CHECKING:
    from unikernel.machines import Machine


def foreground(machine: Machine) -> int:
    """Run gdb on a machine until the person quits it; return its exit status.

    The guest runs on afterwards. Raises ToolMissing, WrongState, UsageError and DebuggerRefused.
    """
    gdb = locate.require(launching.PROGRAM)
    attaching.check_free(machine)
    folder = attaching.folder_of(machine)
    attachment = attaching.of(machine, folder)
    files = workspace.make(machine.image.debug_path, folder)
    try:
        event_loop.call(attachment.open())
        script = folder / "begin.gdb"
        begin = [*launching.lines(files), *attachment.before, attachment.command]
        begin += [f"list '{files.files[0]}':1,1"] if files.files else []
        script.write_text("\n".join(line for line in begin if line not in _LOUD), "utf-8")
        with _interrupts_are_for_gdb():
            process = subprocess.Popen([str(gdb), *FLAGS, "-x", str(script)])
            machine.note_debugger(process.pid)
            machine.note_hold(held=True)
            status = process.wait()
        event_loop.call(attachment.leave(None, held=False))
        return status
    finally:
        if machine.state is not State.EXITED:
            machine.note_debugger(None)
        shutil.rmtree(folder, ignore_errors=True)


# Right for a machine's ears, not for a person's eyes.
_LOUD = (
    "set confirm off",
    "set pagination off",
    "set width 0",
    "set height 0",
    "set style enabled off",
)


@contextlib.contextmanager
def _interrupts_are_for_gdb() -> Iterator[None]:
    """Leave Ctrl-C to gdb, which has the same terminal and holds the guest by it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
