"""The machine panel: every machine, or one, with what it uses as it goes and buttons.

The state is in the kernel. A page that opens says so and gets all there is; while it says that it
shows the panel, machines are looked at twice a second, and what has changed goes to every page.
When no page does, nothing happens. States are looked at, not followed: a guest that changes its own
a thousand times a second costs what a quiet one does.

    page ── watch, unwatch ──▶ viewers          pages ◀── rows that changed, samples ── ticks
         ── do: key, action ─▶ panel_actions          ◀── how that went, in its row
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from unikernel.host import event_loop
from unikernel_toolchain.messages.user_facing_error import UserFacingError

from . import panel_actions, panel_rows
from .machine_widget import MachineWidget
from .panel_consoles import Consoles
from .panel_things import Things
from .viewers import Viewers

if TYPE_CHECKING:
    from collections.abc import Collection

    from unikernel.machines import Machine

    from .panel_consoles import ShowConsole

INTERVAL_S = 0.5  # between looks
CODE, STYLE = (
    "".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in names)
    for names in (("charts.js", "panel_rows.js", "panel.js"), ("panel.css",))
)
_log = logging.getLogger(__name__)


class PanelView(MachineWidget):
    """Shows all machines of this user and images that none of them runs, or one machine alone."""

    _esm = traitlets.Unicode(CODE).tag(sync=True)
    _css = traitlets.Unicode(STYLE).tag(sync=True)

    _of: ClassVar[dict[str | None, PanelView]] = {}  # by the machine's name; None is of all

    @classmethod
    def of(cls, machine: Machine | None, show_console: ShowConsole) -> PanelView:
        """Return the panel of all machines or that of a name, of which a kernel has one each."""
        name = machine.name if machine else None
        panel = PanelView._of.get(name)
        if panel is None or panel.comm is None:
            panel = PanelView._of[name] = cls(show_console, machine)
        if machine:
            panel._things.show_only(machine)
        return panel

    def __init__(self, show_console: ShowConsole, machine: Machine | None = None) -> None:
        super().__init__()
        self._things = Things(machine)
        self._viewers = Viewers()
        self._consoles = Consoles(show_console)
        self._sent: dict[str, dict[str, Any]] = {}  # rows, as pages have them
        self._number = 0  # of messages to pages
        self._said: dict[str, str] = {}  # by row, how its last action went, if there is a word
        self._busy: set[str] = set()  # rows with an action under way
        self._ticks: asyncio.Task[None] | None = None
        self.on_msg(self._take)

    def _take(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        match message:
            case {"kind": "opened"}:
                event_loop.post(self._send_all())
            case {"kind": "watch", "view": str(view)}:
                event_loop.post(self._watch(view[:64]))
            case {"kind": "unwatch", "view": str(view)}:
                event_loop.post(self._unwatch(view[:64]))
            case {"kind": "do", "key": str(key), "action": str(action)}:
                event_loop.post(self._do(key, action, str(message.get("snapshot", ""))))

    async def _watch(self, view: str) -> None:
        if self._viewers.watch(view):
            await self._send_all()
        if self._ticks is None or self._ticks.done():
            self._ticks = asyncio.create_task(self._tick())

    async def _send_all(self) -> None:
        await self._things.find(with_others=True)
        self._tell(everything=True)

    async def _unwatch(self, view: str) -> None:
        self._viewers.unwatch(view)

    async def _tick(self) -> None:
        """Look, and send what has changed, for as long as somebody watches."""
        number = 0
        while self._viewers.any():
            number += 1
            try:
                seen = await self._things.look(number)
                self._tell(seen)
            except Exception:  # noqa: BLE001 (a look that fails must not be the last)
                _log.exception("the machine panel")
            await asyncio.sleep(INTERVAL_S)

    def _tell(self, seen: Collection[str] = (), *, everything: bool = False) -> None:
        """Send the rows that are other ones and the looks of `seen`; or all there is."""
        rows = {key: self._row(key) for key in self._things.keys}
        self._consoles.keep(rows)
        self._said = {key: said for key, said in self._said.items() if key in rows}
        known = {} if everything else self._sent
        changed = {key: row for key, row in rows.items() if row != known.get(key)}
        samples = self._things.samples(rows if everything else seen, whole=everything)
        message = {"kind": "rows", "keys": list(rows), "rows": changed, "samples": samples}
        self._number += 1
        self.send({**message, "anew": everything, "number": self._number})
        self._sent = rows

    def _row(self, key: str) -> dict[str, Any]:
        said, machine = self._said.get(key, ""), self._things.machine(key)
        if machine is None:
            row = panel_rows.of_image(self._things.image(key), said)
        else:
            row = panel_rows.of_machine(machine, self._things.seen(machine), said)
            row["console"] = self._consoles.of(key, machine)
        return {**row, "busy": key in self._busy}

    async def _do(self, key: str, action: str, snapshot: str) -> None:
        """Do what a button says, once at a time for a row, and tell in the row how that went."""
        if key not in self._things.keys or key in self._busy:
            return
        if self._row(key)["refused"].get(action, "it is no action"):
            return
        self._busy.add(key)
        self._said[key] = ""
        self._tell()
        try:
            self._said[key] = await self._done(key, action, snapshot)
        except UserFacingError as problem:
            self._said[key] = str(problem)
        finally:
            self._busy.discard(key)
            await self._things.find(with_others=True)
            self._tell()

    async def _done(self, key: str, action: str, snapshot: str) -> str:
        machine = self._things.machine(key)
        if machine is None:
            return await panel_actions.boot(self._things.image(key))
        if action == "console":
            self._consoles.toggle(key, machine)
            return ""
        if action == "hide":
            self._things.hide(machine)
            return ""
        is_ours = self._things.is_ours(machine)
        return await panel_actions.do(machine, action, snapshot, is_ours=is_ours)

    def close(self) -> None:
        """Look at nothing any more, and tell the page."""
        if self._ticks:
            self._ticks.get_loop().call_soon_threadsafe(self._ticks.cancel)
        super().close()

    def still(self) -> dict[str, str]:
        """Return the MIME bundle for where there are no widgets."""
        return self._things.still()

    def __repr__(self) -> str:
        return self.still()["text/plain"]

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return data | self.still(), metadata
