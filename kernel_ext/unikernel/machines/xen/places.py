"""Which place domains of this process run in: this host's own Xen, or the lab."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from queue import Empty, SimpleQueue

from unikernel.host import event_loop
from unikernel.host.run_folder import RunFolder
from unikernel.machines.core.owned import OwnerSide
from unikernel.machines.process.networks import ProcessNetworks
from unikernel.machines.qemu import hypervisor
from unikernel.machines.xen.lab import snapshot
from unikernel.machines.xen.lab.lab import Lab
from unikernel.model.accelerator import Accelerator
from unikernel.model.measurement import Scalar
from unikernel.model.spec import Spec
from unikernel_toolchain.tools.progress import Progress

from .host import detection
from .host import networks as bridges
from .host.networks import HostNetworks
from .host.place import HostPlace
from .lab_place import LabPlace
from .place import Place

LAB, HOST = "xen lab (TCG)", "xen"
_LOOK_S = 0.1  # between looks whether the making is done
_versions: dict[str, dict[str, Scalar]] = {}  # by program


def choose() -> tuple[Accelerator, str]:
    """Return this host's Xen where xl works, else the lab; and the program that is run for it.

    Raises HypervisorMissing where there is neither Xen nor QEMU.
    """
    if trouble := detection.trouble():
        return Accelerator(LAB, trouble), hypervisor.find("A host without Xen")
    return Accelerator(HOST, "this host runs Xen"), detection.xl()


def make_ready(progress: Progress) -> None:
    """Make the lab's snapshot if there is none and domains run there.

    `progress` is called in this thread, which waits. Raises LabUnavailable and PackageUnavailable.
    """
    if not detection.trouble():
        return
    told: SimpleQueue[tuple[str, int, int]] = SimpleQueue()
    making = event_loop.post(snapshot.ready(lambda *step: told.put(step)))
    try:
        while not making.done() or not told.empty():
            with contextlib.suppress(Empty):
                progress(*told.get(timeout=_LOOK_S))
    except BaseException:
        making.cancel()
        raise
    making.result()


def check(spec: Spec) -> None:
    """Raise UsageError and NetworkUnavailable for devices that the place cannot have."""
    if not detection.trouble():
        bridges.check(spec)
        bridges.check_disks(spec)


def networks(
    accelerator: str, owner: OwnerSide, folder: RunFolder
) -> ProcessNetworks | HostNetworks:
    """Open the networks of a machine. Raises what either does."""
    if accelerator == HOST:
        return HostNetworks(owner.spec)
    return ProcessNetworks(
        owner.spec,
        folder.control,
        owner.lose_user_networks,
        strained=owner.strain_user_networks,
        capture_ended=owner.note_capture,
    )


async def find(accelerator: str, program: str) -> Place:
    """Return the place that `program` is run for; the lab is started if it does not run.

    Raises LabUnavailable.
    """
    place = HostPlace() if accelerator == HOST else LabPlace(await _lab())
    async with place.in_use():
        _versions[program] = await place.versions()
    return place


async def _lab() -> Lab:
    """Return the lab of this process; another one when its toolstack hangs."""
    lab = await Lab.shared()
    if not await lab.answers():
        lab.retire("xenstore does not answer")
    return await Lab.shared()


def versions(program: str) -> Mapping[str, Scalar]:
    """Return what the place that `program` is run for consists of, once a domain was there."""
    return _versions.get(program, {})
