"""The commands about machines: booted, talked to, held, ended; and their disks."""

from __future__ import annotations

from unikernel.frontends.commands.candidates import any_machines, one_machine
from unikernel.frontends.commands.command import Command, bare

from . import boot, carrier, control, disks

COMMANDS = {
    "boot": Command(
        boot.add, "boot an image and follow its console", boot.boot, boot.operands, for_guest=True
    ),
    "ps": Command(bare, "list machines", control.ps),
    "console": Command(control.add_console, "talk to a machine", control.console, one_machine),
    "logs": Command(
        control.add_logs, "show what a machine's console showed", control.logs, one_machine
    ),
    "panel": Command(
        control.add_panel, "show machines as they run, with buttons", control.panel, one_machine
    ),
    "stop": Command(control.add_stop, "stop machines", control.stop, any_machines),
    "pause": Command(control.add_machine, "hold a machine", control.pause, one_machine),
    "resume": Command(
        control.add_machine, "let a paused machine run on", control.resume, one_machine
    ),
    "reset": Command(
        control.add_machine, "reboot a machine in place", control.reset, carrier.resettable
    ),
    "qmp": Command(carrier.add_qmp, "send QEMU a QMP command", carrier.qmp, carrier.qmp_operands),
    "xl": Command(
        carrier.add_xl,
        "run xl, Xen's toolstack, where a domain is",
        carrier.xl,
        carrier.xl_operands,
        parse=carrier.parse_xl,
    ),
    "disk": Command(
        disks.add, "list, show and extract what is on a disk", disks.disk, disks.operands
    ),
}
