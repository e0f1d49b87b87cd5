"""A live console: a machine's screen, redrawn as it changes."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from unikernel.guest.terminal import render
from unikernel.host.throttle import Throttle
from unikernel_toolchain.messages.visible import visible_lines

from . import display

if TYPE_CHECKING:
    from collections.abc import Callable

    from unikernel.guest.console import Console
    from unikernel.machines import Machine

TAIL_LINES = 200
TAIL_CHARACTERS = 20_000
WINDOW = 2 * TAIL_CHARACTERS  # characters that are looked at: some of them show nothing


@dataclass(frozen=True)
class Screen:
    """What to show of a machine now: its name and state, and the tail of its console."""

    heading: str
    heading_html: str
    text: str

    @classmethod
    def of(cls, machine: Machine) -> Screen:
        """Take the machine's screen as it is now."""
        heading = visible_lines(f"{machine.name}: {display.state_text(machine)}")
        return cls(heading, display.state_html(machine), tail(machine.console))

    def __str__(self) -> str:
        return f"{self.text}\n[{self.heading}]" if self.text else f"[{self.heading}]"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return (
            f"<div>{self.heading_html}</div>"
            # reversed, so that a browser keeps the end in sight without a script; scrolled by keys
            f'<div tabindex="0" role="group" aria-label="console, {escape(self.heading)}" '
            'style="display: flex; flex-direction: column-reverse; max-height: 30em; '
            'overflow: auto; border-left: 3px solid #8888; padding-left: 10px">'
            f'<pre style="flex: none; margin: 0; padding: 0">{escape(self.text)}</pre></div>'
        )

    def bundle(self) -> dict[str, str]:
        """Return the MIME bundle of this screen."""
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def tail(console: Console) -> str:
    """Return the last lines of a console as a terminal would show them: what is worth drawing.

    No longer than TAIL_LINES and TAIL_CHARACTERS, however much the guest writes.
    """
    recent = _whole_lines(console.recent(WINDOW), WINDOW)
    lines = render(recent).rstrip("\n").split("\n")
    kept = "\n".join(lines[-TAIL_LINES:])[-TAIL_CHARACTERS:]
    before = console.line_count - recent.count("\n") + len(lines) - kept.count("\n") - 1
    return f"… {before:,} lines before\n{kept}" if before > 0 else kept


def _whole_lines(text: str, limit: int) -> str:
    """Return text without the rest of a line, or of a control sequence, that it begins with."""
    if len(text) < limit:
        return text
    first_end = text.find("\n", 0, limit // 2)
    return text[first_end + 1 :]


class Follower:
    """Draws a machine's screen when it has changed, until the machine ends.

    `draw(screen)` is called on the loop's thread, a few times a second at most, and returns what
    that cost: how many characters it sent, or as many as cost a page the same.
    """

    def __init__(self, machine: Machine, draw: Callable[[Screen], int]) -> None:
        self._machine = machine
        self._draw = draw
        self._drawn: Screen | None = None
        self._drawing = threading.Lock()
        self.has_output = threading.Event()  # or another state than at first
        self._throttle = Throttle(self.redraw)
        machine.console.subscribe(self._on_output, replay=True)
        machine.on_change(self._throttle.notice)

    def _on_output(self, _text: str) -> None:
        self.has_output.set()
        self._throttle.notice()

    def redraw(self) -> int:
        """Draw the screen now if it has changed; return how many characters that sent."""
        sent = 0
        with self._drawing:
            screen = Screen.of(self._machine)
            if screen != self._drawn:
                self._drawn = screen
                sent = self._draw(screen)
        if self._machine.exit is not None:
            self.has_output.set()
            self.close()
        return sent

    def close(self) -> None:
        """Stop drawing; no error if that was done."""
        self._machine.console.unsubscribe(self._on_output)
        self._machine.off_change(self._throttle.notice)
