"""What widgets of machines have in common: they cost little, and nothing once closed."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from unikernel.host import event_loop

from . import libraries


class MachineWidget(anywidget.AnyWidget):
    """A widget whose code is the class's own: `_esm` and `_anywidget_id` are traits of it.

    anywidget adds them to every instance, for which traitlets makes a class of its own: 20 kB that
    only a full garbage collection frees.
    """

    _anywidget_id = traitlets.Unicode().tag(sync=True)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.on_msg(self._take_request)

    def _take_request(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        match message:
            case {"kind": "library", "name": str(name)}:
                event_loop.post(self._send_library(name))

    async def _send_library(self, name: str) -> None:
        self.send(*libraries.message(name))

    @traitlets.default("_anywidget_id")
    def _named_after_the_class(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}"

    def add_traits(self, **traits: Any) -> None:
        """Add the traits that the class does not have."""
        missing = {name: trait for name, trait in traits.items() if not self.has_trait(name)}
        if missing:
            super().add_traits(**missing)

    def close(self) -> None:
        """Tell the page, and let go of what belongs to this widget."""
        self._msg_callbacks.callbacks.clear()
        self.layout.close()
        super().close()
