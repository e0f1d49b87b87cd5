"""The command that runs a domain on a host with Xen: a pure function of image and spec."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from unikernel.disks.xen_disks import vdevs
from unikernel.errors import UsageError
from unikernel.model.boot_parameters import boot_parameters
from unikernel.model.network import Network, Tap
from unikernel.model.spec import Spec

from .xl.config import MOST_DISKS, DomainConfig, Vbd, Vif, domain_name

MOST_NETS = 8
DEFAULT_BRIDGE = "xenbr0"  # what xl itself takes (xl-network-configuration(5))


def command(image: Path, name: str, spec: Spec, initrd: Path | None = None) -> list[str]:
    """Return the argv that makes the domain and shows its console on the terminal.

    It stands by itself: networks are bridges of the host, disks files of it. `initrd` is the first
    file system of a Linux.
    """
    spec = in_order_of_disks(spec)
    config = DomainConfig(
        name=domain_name(name, ()),
        kernel=str(image),
        command_line=boot_parameters(spec),
        memory_mib=spec.memory_mib,
        vifs=[Vif(bridge(one), one.mac or "", one.mtu) for one in spec.nets.values()],
        vbds=[
            Vbd(block.file or f"fresh-{block}.img", block.read_only)
            for block in spec.blocks.values()
        ],
        vdevs=tuple(vdevs(spec.blocks).values()),
        ramdisk=str(initrd) if initrd else "",
    )
    return ["xl", "create", "-c", "/dev/null", *config.options()]


def in_order_of_disks(spec: Spec) -> Spec:
    """Return the spec with its disks in the order in which Xen counts them, as the guest does."""
    return replace(spec, blocks={device: spec.blocks[device] for device in vdevs(spec.blocks)})


def check(spec: Spec) -> None:
    """Raise UsageError for devices that a domain cannot have."""
    for count, most, what in (
        (len(spec.nets), MOST_NETS, "network devices"),
        (len(spec.blocks), MOST_DISKS, "disks"),
    ):
        if count > most:
            raise UsageError(f"A domain here has room for {most} {what}; the image has {count}.")
    for name, block in spec.blocks.items():
        if block.empty:
            raise UsageError(
                f"{name!r} is a domain's, which keeps the disks that it was made with: one of them "
                "cannot come later.",
                hint=f"Name it now: --block {name}=64M. Or build the image with -t virtio.",
            )


def bridge(network: Network) -> str:
    """Return the bridge of the host that a network names, else the one that xl itself takes."""
    interface = network.interface if isinstance(network, Tap) else None
    return interface or DEFAULT_BRIDGE
