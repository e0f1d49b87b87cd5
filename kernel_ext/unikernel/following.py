"""Following: redraw a machine's console while it talks."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from . import display
from .throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    from .machines import Machine

ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
TAIL_LINES = 200
TAIL_CHARACTERS = 20_000


@dataclass(frozen=True)
class Screen:
    """What to show of a machine now: its name and state, and the tail of its console."""

    heading: str
    heading_html: str
    text: str

    @classmethod
    def of(cls, machine: Machine) -> Screen:
        """Take the machine's screen as it is now."""
        heading = f"{machine.name}: {display.state_word(machine)}"
        return cls(heading, display.state_html(machine), tail(machine.console.text.rstrip("\n")))

    def __str__(self) -> str:
        return f"{self.text}\n[{self.heading}]" if self.text else f"[{self.heading}]"

    def _repr_html_(self) -> str:
        return (
            f"<div>{self.heading_html}</div>"
            # reversed, so that a browser keeps the end in sight without a script
            '<div style="display: flex; flex-direction: column-reverse; max-height: 30em; '
            'overflow: auto; border-left: 3px solid #8888; padding-left: 10px">'
            f'<pre style="flex: none; margin: 0; padding: 0">{escape(self.text)}</pre></div>'
        )

    def bundle(self) -> dict[str, str]:
        """Return the MIME bundle of this screen."""
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def tail(text: str) -> str:
    """Return the last lines of a console that are worth redrawing, without terminal codes."""
    lines = ESCAPE.sub("", text).replace("\r", "").split("\n")
    kept = "\n".join(lines[-TAIL_LINES:])[-TAIL_CHARACTERS:]
    left = len(lines) - kept.count("\n") - 1
    return f"… {left} lines before\n{kept}" if left > 0 else kept


class Follower:
    """Draws a machine's screen when it has changed, until the machine ends.

    Draws on the engine's thread, a few times a second at most.
    """

    def __init__(self, machine: Machine, draw: Callable[[Screen], None]) -> None:
        self._machine = machine
        self._draw = draw
        self._drawn: Screen | None = None
        self._drawing = threading.Lock()
        self.heard = threading.Event()  # set once the machine has said or changed something
        self._throttle = Throttle(self.redraw)
        machine.console.subscribe(self._hear, replay=True)
        machine.on_change(self._throttle.notice)

    def _hear(self, _text: str) -> None:
        self.heard.set()
        self._throttle.notice()

    def redraw(self) -> None:
        """Draw the screen now if it has changed."""
        with self._drawing:
            screen = Screen.of(self._machine)
            if screen != self._drawn:
                self._drawn = screen
                self._draw(screen)
        if self._machine.exit is not None:
            self.heard.set()
            self._machine.console.unsubscribe(self._hear)
