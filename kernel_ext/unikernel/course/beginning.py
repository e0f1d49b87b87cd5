"""A lab's first cell: what its programs are built for on this computer."""

from __future__ import annotations

from unikernel.errors import HypervisorMissing
from unikernel.machines.qemu import hypervisor
from unikernel.model.calls.arguments import checked
from unikernel.model.targets import TARGETS
from unikernel.render.results import Note

from .catalogue import lab as lab_of
from .catalogue import originals_here
from .work import magics_of, names_of_caller


@checked
def begin(lab: str) -> Note:
    """Say what a lab's programs are built for here, and see to it that it works on this computer.

    Where QEMU is not installed and the lab works as processes of Linux, too, the notebook's target
    becomes that. Raises HypervisorMissing where QEMU is needed in any case, UsageError when there
    is no such lab.
    """
    asked = lab_of(lab)
    magics = magics_of(names_of_caller())
    target = magics.target if magics else asked.targets[0]
    if target not in asked.targets:
        target = asked.targets[0]
    because = ""
    if missing := _qemu_missing():
        native = [name for name in asked.targets if not TARGETS[name].hypervisor]
        if asked.needs_qemu or not native:
            raise HypervisorMissing(
                f"Lab {lab} needs QEMU, which is not installed here.", hint=missing.hint
            )
        if TARGETS[target].hypervisor:
            target = native[0]
            because = " QEMU is not installed here, and this lab works without it."
    if magics:
        magics.target = target
    return Note(
        f"Lab {asked.number}, {asked.title}: about {asked.minutes} minutes. "
        f"Programs are built for {target}: each is {TARGETS[target].guest}.{because}{_where()}"
    )


def _where() -> str:
    """Return what to say of a notebook that is the project's own, which git watches."""
    if not originals_here():
        return ""
    return " This is the original: for a copy of your own, %unikernel course FOLDER."


def _qemu_missing() -> HypervisorMissing | None:
    try:
        hypervisor.find()
    except HypervisorMissing as missing:
        return missing
    return None
