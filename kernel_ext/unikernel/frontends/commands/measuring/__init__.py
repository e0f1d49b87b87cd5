"""The commands that measure."""

from __future__ import annotations

from unikernel.frontends.commands.command import Command

from . import measure

COMMANDS = {
    "measure": Command(
        measure.add_measure,
        "measure boot, size, throughput, http, latency or block",
        measure.measure,
        measure.operands,
    ),
    "plot": Command(
        measure.add_plot,
        "plot boot, size, throughput, http, latency, block, or a sweep's file",
        measure.plot,
        measure.operands,
    ),
}
