"""QEMU's command line: a pure function of image, spec and accelerator, made of named parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unikernel.model.boot_parameters import boot_parameters
from unikernel.model.spec import Spec
from unikernel.model.targets import VIRTIO

from . import blockdev, netdev

DEBUG_EXIT_PORT = 0x501
DEBUG_CONSOLE_PORT = 0xE9

MACHINE_OPTIONS = {
    "microvm": "acpi=off,rtc=on,pit=off,pic=off,auto-kernel-cmdline=off",
    "q35": "acpi=off,smm=off,sata=off,smbus=off,usb=off,hpet=off,vmport=off",
    "pc": "acpi=off,usb=off,hpet=off,vmport=off",
}
_CPU = {"kvm": "host", "tcg": "max"}


@dataclass(frozen=True)
class Inheritance:
    """How a started machine talks to us, and its devices to their networks.

    Descriptors of connected sockets that QEMU inherits, the path where it listens for other
    processes of this user, the values of -netdev and the descriptors of disks, by device.
    """

    console_fd: int
    trace_fd: int
    qmp_fd: int
    control_path: Path
    backends: Mapping[str, str] = field(default_factory=dict)
    disks: Mapping[str, Sequence[int]] = field(default_factory=dict)


def command(
    qemu: str,
    image: Path,
    spec: Spec,
    accelerator: str,
    inherited: Inheritance | None = None,
    *,
    initrd: Path | None = None,
) -> list[str]:
    """Return the argv that starts QEMU.

    `accelerator` is "kvm" or "tcg"; `initrd` is the first file system of a Linux. Without
    `inherited` the command stands by itself: the console is on the terminal, and nothing waits for
    QMP.
    """
    return [
        qemu,
        *_machine(spec, accelerator),
        *_memory(spec),
        *_nothing_else(),
        *_console(inherited),
        *_trace(inherited),
        *_exit(),
        *_panic(spec),
        *_transport(spec),
        *netdev.devices(spec, inherited.backends if inherited else None),
        *blockdev.devices(spec, inherited.disks if inherited else None),
        *_entropy(spec),
        *_kernel(image, spec, initrd),
        *_qmp(spec, inherited),
    ]


def _machine(spec: Spec, accelerator: str) -> tuple[str, ...]:
    machine_type = f"{spec.machine},{MACHINE_OPTIONS[spec.machine]}"
    return ("-accel", accelerator, "-M", machine_type, "-cpu", _CPU[accelerator])


def _memory(spec: Spec) -> tuple[str, ...]:
    return ("-m", f"{spec.memory_mib}M")


def _nothing_else() -> tuple[str, ...]:
    """No default devices, no configuration files, no window; a reset ends the machine."""
    return ("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot")


def _console(inherited: Inheritance | None) -> tuple[str, ...]:
    if inherited is None:
        return ("-serial", "stdio")
    return (
        *("-chardev", f"socket,id=console,fd={inherited.console_fd}"),
        *("-serial", "chardev:console"),
    )


def _trace(inherited: Inheritance | None) -> tuple[str, ...]:
    backend = f"socket,id=trace,fd={inherited.trace_fd}" if inherited else "null,id=trace"
    device = f"isa-debugcon,iobase={DEBUG_CONSOLE_PORT:#x},chardev=trace"
    return ("-chardev", backend, "-device", device)


def _exit() -> tuple[str, ...]:
    return ("-device", f"isa-debug-exit,iobase={DEBUG_EXIT_PORT:#x}")


def _panic(spec: Spec) -> tuple[str, ...]:
    action = "pause" if spec.on_panic == "pause" or spec.core else "none"
    return ("-device", "pvpanic", "-action", f"panic={action}")


def _transport(spec: Spec) -> tuple[str, ...]:
    """Devices of virtio 1 on microvm, which by default has those of drafts before it."""
    if VIRTIO.has_pci(spec.machine) or not (spec.nets or spec.blocks):
        return ()
    return ("-global", "virtio-mmio.force-legacy=false")


def _entropy(spec: Spec) -> tuple[str, ...]:
    bus = "pci" if VIRTIO.has_pci(spec.machine) else "device"
    return (
        *("-object", "rng-random,id=rng,filename=/dev/urandom"),
        *("-device", f"virtio-rng-{bus},rng=rng"),
    )


def _kernel(image: Path, spec: Spec, initrd: Path | None) -> tuple[str, ...]:
    parameters = boot_parameters(spec)
    return (
        *("-kernel", str(image)),
        *(("-initrd", str(initrd)) if initrd else ()),
        *(("-append", parameters) if parameters else ()),
    )


def _qmp(spec: Spec, inherited: Inheritance | None) -> tuple[str, ...]:
    if inherited is None:
        return ()
    held = ("-S",) if spec.paused else ()
    return (*monitors(inherited.qmp_fd, inherited.control_path), *held)


def monitors(qmp_fd: int, control_path: Path) -> tuple[str, ...]:
    """One monitor for this process, one for others: a monitor serves one client at a time."""
    control = str(control_path).replace(",", ",,")
    return (
        *("-chardev", f"socket,id=qmp,fd={qmp_fd}"),
        *("-mon", "chardev=qmp,mode=control"),
        *("-qmp", f"unix:{control},server=on,wait=off"),
    )
