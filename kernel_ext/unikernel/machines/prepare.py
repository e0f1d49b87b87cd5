"""Everything that is decided before a machine is started."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from unikernel.baseline.linux import ARGUMENTS, LEAST_MEMORY_MIB, Yardstick
from unikernel.errors import BootFailed
from unikernel.guest import memory_need
from unikernel.host import run_folder
from unikernel.model import devices
from unikernel.model.network import User
from unikernel.model.spec import Spec
from unikernel.networks import ports
from unikernel_toolchain.model.config import check_name
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.store import images

from . import registry
from .process import command_line
from .qemu import accelerator, hypervisor
from .qemu.accelerator import Accelerator
from .qemu.user_network import nat_filter

NATIVE = Accelerator(command_line.ACCELERATOR, "the CPU itself, without a hypervisor")


@dataclass(frozen=True)
class Launch:
    """The decisions."""

    name: str
    image: Image
    spec: Spec  # with every network device of the image wired
    accelerator: Accelerator
    program: str  # the hypervisor, or the image itself
    keep: bool = False  # the run folder stays for a while after the end
    initrd: Path | None = None  # the first file system of a Linux


def prepare(image: Image | str, name: str | None, spec: Spec, *, keep: bool = False) -> Launch:
    """Check the image and the host, and decide.

    Raises NoSuchImage, ImageInvalid, HypervisorMissing, UsageError for networks that do not fit
    the image, and BootFailed when the image does not fit into the memory.
    """
    if isinstance(image, str):
        image = registry.image(image)
    name = check_name(name or image.name)
    images.check(image)
    least_mib = memory_need.least_memory_mib(image)
    if spec.memory_mib < least_mib:
        raise BootFailed(
            f"Image {image.name!r} does not fit into {spec.memory_mib} MiB of memory: "
            f"it needs {least_mib} MiB to begin with.",
            hint=f"Give it at least {least_mib} MiB (--memory {least_mib}, memory_mib={least_mib})",
        )
    if command_line.is_process(image):
        command_line.check(spec)
        chosen, program = NATIVE, str(image.path)
    else:
        chosen, program = accelerator.choose(spec.accelerator), hypervisor.find()
    return Launch(name, image, _wired(image, name, spec), chosen, program, keep)


def prepare_yardstick(yardstick: Yardstick, spec: Spec) -> Launch:
    """Decide how the yardstick is booted: as `spec` says, with the memory it needs."""
    memory_mib = max(spec.memory_mib, LEAST_MEMORY_MIB)
    spec = replace(spec, memory_mib=memory_mib, arguments=ARGUMENTS)
    return Launch(
        yardstick.image.name,
        yardstick.image,
        _wired(yardstick.image, yardstick.image.name, spec),
        accelerator.choose(spec.accelerator),
        hypervisor.find(),
        initrd=yardstick.initrd,
    )


def _wired(image: Image, name: str, spec: Spec) -> Spec:
    wired = devices.wire(image.nets, spec.nets, spec.ports, _told_apart(name))
    nets = ports.chosen(wired)
    captures = devices.files(image.nets, spec.captures, name)
    if any(isinstance(one, User) and nat_filter.is_needed(one) for one in nets.values()):
        nat_filter.prefix(hypervisor.find(), nets.values())  # made now, where it can be waited for
    return replace(spec, nets=nets, ports=(), captures=captures)


def _told_apart(name: str) -> str:
    """Return what addresses are made from: names are those of one process, segments are not."""
    for folder in run_folder.folders():
        facts = folder.read() if folder.owner_pid != os.getpid() else None
        if (
            facts
            and facts.get("name") == name
            and run_folder.is_alive(run_folder.guest_mark(facts))
        ):
            return f"{name}@{os.getpid()}"
    return name
