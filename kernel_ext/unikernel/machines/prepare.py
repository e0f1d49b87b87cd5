"""Everything that is decided before a machine is started."""

from __future__ import annotations

import logging
import os
from dataclasses import replace

from unikernel.errors import BootFailed
from unikernel.guest import memory_need
from unikernel.host import run_folder
from unikernel.model import devices, directory, static_addresses, targets
from unikernel.model.network import User
from unikernel.model.spec import Spec
from unikernel.networks import ports
from unikernel_toolchain.model.config import check_name
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.store import images as built
from unikernel_toolchain.tools.progress import Progress

from .core.launch import Launch
from .qemu import hypervisor
from .qemu.user_network import nat_filter
from .targets import DRIVERS

_log = logging.getLogger(__name__)


def prepare(
    image: Image,
    name: str | None,
    spec: Spec,
    *,
    keep: bool = False,
    progress: Progress | None = None,
) -> Launch:
    """Check the image and the host, and decide.

    `progress(what, done, total)` hears of what is made for guests of a kind at their first.
    Raises NoSuchImage, ImageInvalid, HypervisorMissing, UsageError for networks that do not fit
    the image, and BootFailed when the image does not fit into the memory.
    """
    name = check_name(image.name if name is None else name)
    built.check(image)
    least_mib = memory_need.least_memory_mib(image)
    if spec.memory_mib < least_mib:
        raise BootFailed(
            f"Image {image.name!r} does not fit into {spec.memory_mib} MiB of memory: "
            f"it needs {least_mib} MiB to begin with.",
            hint=f"Give it at least {least_mib} MiB (--memory {least_mib}, memory_mib={least_mib})",
        )
    targets.of(image).check(spec)
    chosen, program = DRIVERS[image.target].choose(image, spec)
    spec = wired(image, name, spec)
    DRIVERS[image.target].check(spec)
    DRIVERS[image.target].make_ready(progress or _silent)
    return Launch(name, image, spec, chosen, program, keep)


def _silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def wired(image: Image, name: str, spec: Spec) -> Spec:
    """Return the spec with a network or disk for every device of the image. Raises UsageError.

    That a guest will not be where its ports lead is logged.
    """
    assigned = devices.assign(image.nets, spec.nets, spec.ports, _told_apart(name))
    followed, astray = static_addresses.follow(assigned, image.addresses, spec.arguments)
    for sentence in astray:
        _log.warning("%s", sentence)
    nets = ports.chosen(followed)
    captures = devices.files(image.nets, spec.captures, name)
    if any(isinstance(one, User) and one.needs_filter for one in nets.values()):
        nat_filter.prefix(hypervisor.find(), nets.values())  # made now, where it can be waited for
    blocks = devices.assign_disks(image.blocks, spec.blocks, image.disks)
    kv = directory.assign(image.kvs, spec.kv)
    return replace(spec, nets=nets, ports=(), captures=captures, blocks=blocks, kv=kv)


def _told_apart(name: str) -> str:
    """Return what addresses are made from: names are those of one process, segments are not."""
    for folder in run_folder.folders():
        facts = folder.read() if folder.owner_pid != os.getpid() else None
        if (
            facts
            and facts.get("name") == name
            and run_folder.is_alive(run_folder.guest_identity(facts))
        ):
            return f"{name}@{os.getpid()}"
    return name
