"""Which place domains of this process run in: this host's own Xen, or the lab."""

from __future__ import annotations

from collections.abc import Mapping

from unikernel.machines.qemu import hypervisor
from unikernel.machines.xen.lab.lab import Lab
from unikernel.model.accelerator import Accelerator
from unikernel.model.measurement import Scalar

from .lab_place import LabPlace
from .place import Place

LAB, HOST = "xen lab (TCG)", "xen"
_versions: dict[str, dict[str, Scalar]] = {}  # by program


def choose() -> tuple[Accelerator, str]:
    """Return this host's Xen where xl works, else the lab; and the program that is run for it.

    Raises HypervisorMissing where there is neither Xen nor QEMU.
    """
    return Accelerator(LAB, "this host runs no Xen"), hypervisor.find("A host without Xen")


async def find(program: str) -> Place:
    """Return the place that `program` is run for; the lab is started if it does not run.

    Raises LabUnavailable.
    """
    place = LabPlace(await Lab.shared())
    async with place.in_use():
        _versions[program] = await place.versions()
    return place


def versions(program: str) -> Mapping[str, Scalar]:
    """Return what the place that `program` is run for consists of, once a domain was there."""
    return _versions.get(program, {})
