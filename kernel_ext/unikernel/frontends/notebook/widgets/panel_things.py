"""What the panel has rows for: machines of this process and of others, images that none runs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet

from unikernel import images
from unikernel.machines import Machine, registry
from unikernel.machines.usage_history import UsageHistory
from unikernel.render import display

from . import panel_rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from unikernel.machines.usage_history import Seen
    from unikernel_toolchain.model.image import Image

OTHERS_EACH = 4  # looks: machines of other processes are looked for in their folders
MOST = 100  # rows


class Things:
    """What there is, by the keys of rows, and what was seen of it. For the event loop only."""

    def __init__(self, only: Machine | None) -> None:
        """With `only`, that machine is all there is, and who comes after it under its name."""
        self._only = only
        self._hidden: WeakSet[Machine] = WeakSet()
        self._others: tuple[Machine, ...] = ()
        self._by_key: dict[str, Machine | Image] = {}
        self._history = UsageHistory()

    @property
    def keys(self) -> Collection[str]:
        """The keys of the rows, in their order."""
        return self._by_key.keys()

    def machine(self, key: str) -> Machine | None:
        """Return the machine of a row; None for an image's."""
        thing = self._by_key[key]
        return thing if isinstance(thing, Machine) else None

    def image(self, key: str) -> Image:
        """Return the image of a row."""
        thing = self._by_key[key]
        return thing.image if isinstance(thing, Machine) else thing

    @staticmethod
    def is_ours(machine: Machine) -> bool:
        """Whether this process owns a machine."""
        return any(machine is one for one in registry.machines())

    def seen(self, machine: Machine) -> Seen:
        """Return what was seen of a machine."""
        return self._history.of(machine)

    def hide(self, machine: Machine) -> None:
        """Have no row for a machine any more."""
        self._hidden.add(machine)

    def show_only(self, machine: Machine) -> None:
        """Have that machine, and who comes after it under its name, be all there is."""
        self._only = machine
        self._hidden.discard(machine)

    async def find(self, *, with_others: bool) -> None:
        """Find what there is now; machines of other processes, only if asked to."""
        if with_others:
            self._others = await registry.others_async()
        ours = self._unhidden(registry.machines())
        others = self._unhidden(self._others)
        if self._only is not None:
            self._only = _latest(self._only, (*ours, *others))
            self._by_key = {one.name: one for one in self._unhidden([self._only])}
            return
        found: dict[str, Machine | Image] = {one.name: one for one in ours}
        found |= {f"{one.name}@{one.owner_pid}": one for one in others}
        run = {one.image.name for one in (*ours, *others)}
        found |= {f"/{one.name}": one for one in images.images() if one.name not in run}
        self._by_key = dict(list(found.items())[:MOST])

    def _unhidden(self, machines: Collection[Machine]) -> list[Machine]:
        return [one for one in machines if one not in self._hidden]

    async def look(self, number: int) -> set[str]:
        """Find what there is and look at each machine; return the keys of those that answered."""
        await self.find(with_others=number % OTHERS_EACH == 0)
        machines = {key: one for key, one in self._by_key.items() if isinstance(one, Machine)}
        answered = await self._history.look(machines.values())
        return {key for key, one in machines.items() if one in answered}

    def samples(self, keys: Collection[str], *, whole: bool) -> dict[str, list[list[float | None]]]:
        """Return the last look at each of these, or the `whole` history, as the page draws it."""
        found = {}
        for key in keys:
            if machine := self.machine(key):
                looks = list(self.seen(machine).looks)
                found[key] = [panel_rows.sample(*one) for one in (looks if whole else looks[-1:])]
        return found

    def still(self) -> dict[str, str]:
        """Return the MIME bundle of what there is, for where there are no widgets."""
        if self._only is not None:
            return display.machine_bundle(self._only)
        table = display.machines_table((*registry.machines(), *registry.others()))
        return {"text/plain": str(table), "text/html": table._repr_html_()}


def _latest(machine: Machine, known: Collection[Machine]) -> Machine:
    """Return a machine, or once it has ended the one that was booted after it by its name."""
    if not machine.exit:
        return machine
    after = [one for one in known if one.name == machine.name]
    return max((machine, *after), key=lambda one: one.started_at)
