"""The line that starts an image without a tool stack: QEMU's, and that of a process. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from unikernel.machines.process import command_line as process
from unikernel.machines.qemu.command_line import DEBUG_EXIT_PORT, MACHINE_OPTIONS
from unikernel.model.block import Block
from unikernel.model.directory import Directory
from unikernel.model.network import Tap
from unikernel.model.spec import Spec

from .choices import Choices

_MACHINE = "pc"  # as in NAME_libvirt.xml


def qemu(choices: Choices, accelerators: Sequence[str]) -> str:
    """Return QEMU's line, whose console is the terminal. The first accelerator that opens runs."""
    words = ["qemu-system-x86_64", "-M", f"{_MACHINE},{MACHINE_OPTIONS[_MACHINE]}"]
    words += [word for name in accelerators for word in ("-accel", name)]
    words += [
        "-cpu",
        "max",
        "-m",
        f"{choices.spec.memory_mib}M",
        "-nodefaults",
        "-no-user-config",
        "-no-reboot",
    ]
    words += ["-display", "none", "-serial", "stdio"]
    words += ["-device", f"isa-debug-exit,iobase={DEBUG_EXIT_PORT:#x}"]
    words += ["-object", "rng-random,id=rng,filename=/dev/urandom"]
    words += ["-device", "virtio-rng-pci,rng=rng"]
    for bridge in choices.interfaces.values():
        words += ["-nic", f"bridge,br={bridge},model=virtio-net-pci"]
    for disk in choices.disks.values():
        file = disk.path.replace(",", ",,")
        options = f"format={disk.format},discard=unmap{',readonly=on' if disk.read_only else ''}"
        words += ["-drive", f"if=virtio,{options},file={file}"]
    words += ["-kernel", choices.program_path]
    if line := choices.line(choices.disks):
        words += ["-append", line]
    return shlex.join(words)


def unix(choices: Choices) -> str:
    """Return the line for a shell that starts the process. Its networks are taps."""
    asked = choices.spec
    spec = Spec(
        memory_mib=asked.memory_mib,
        arguments=asked.arguments,
        environment=asked.environment,
        nets={name: Tap(interface=it) for name, it in choices.interfaces.items()},
        blocks={
            name: Block(it.path, read_only=it.read_only, format="raw")
            for name, it in choices.disks.items()
        },
        kv={name: Directory(path) for name, path in choices.folders.items()},
    )
    return process.paste(Path(choices.program_path), spec)
