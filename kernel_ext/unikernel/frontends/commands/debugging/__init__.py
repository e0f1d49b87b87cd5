"""The commands that look into a machine: their flags and what they do."""

from __future__ import annotations

from unikernel.frontends.commands.candidates import one_machine
from unikernel.frontends.commands.command import Command

from . import core_command, gdb_command, packets, snapshot, step_command, trace

COMMANDS = {
    "gdb": Command(
        gdb_command.add, "debug a machine with gdb", gdb_command.gdb, one_machine, takes_cell=True
    ),
    "step": Command(
        step_command.add,
        "step through a machine: instructions, registers, memory, pages",
        step_command.step,
        one_machine,
    ),
    "core": Command(
        core_command.add,
        "show where a guest crashed that was booted with --core",
        core_command.core,
    ),
    "trace": Command(
        trace.add,
        "draw in which functions a machine is, as a flame graph",
        trace.trace,
        one_machine,
    ),
    "packets": Command(
        packets.add, "show what is in a capture of frames", packets.packets, one_machine
    ),
    "snapshot": Command(
        snapshot.add,
        "save a machine, restore it, compare its memory",
        snapshot.snapshot,
        snapshot.operands,
    ),
}
