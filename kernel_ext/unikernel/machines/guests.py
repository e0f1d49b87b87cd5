"""What can be done with each kind of guest, in whatever process it runs."""

from __future__ import annotations

from collections.abc import Mapping

from unikernel import hypervisor
from unikernel.measurement import Scalar
from unikernel.state import State

from .contract import Machine


class QemuGuest(Machine):
    """A guest under QEMU, which is asked over QMP."""

    carrier = "hypervisor"
    can_reset = True

    @property
    def kind(self) -> str:
        """The machine type."""
        return self.spec.machine

    def dimensions(self) -> Mapping[str, Scalar]:
        """Return the circumstances that every measurement of this machine carries."""
        return {**super().dimensions(), "qemu": hypervisor.version(self.program)}

    async def _pause(self) -> None:
        self._require("paused", State.RUNNING)
        await self._qmp("stop")

    async def _resume(self) -> None:
        self._require("resumed", State.PAUSED, State.PANICKED)
        await self._qmp("cont")
