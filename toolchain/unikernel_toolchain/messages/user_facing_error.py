"""UserFacingError: an error that tells a person of a failure, in three parts."""

from __future__ import annotations

from .visible import visible_lines

RED, BOLD, RESET = "\x1b[31m", "\x1b[1m", "\x1b[0m"


class UserFacingError(Exception):
    """A failure that a person is to read of.

    `what` says what was being done and what went wrong, `hint` what to do next, `detail` is
    evidence to show verbatim (a compiler's excerpt, a command, a transcript, a refusal). Shown,
    they hide nothing: names, guests and programs write what they like.
    """

    def __init__(self, what: str, *, hint: str = "", detail: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.detail = detail

    def __str__(self) -> str:
        return "\n".join(self._parts())

    def _parts(self) -> list[str]:
        return [visible_lines(part) for part in (self.what, self.detail, self.hint) if part]

    def _render_traceback_(self) -> list[str]:
        """Return what an interactive shell shows in place of a traceback, coloured with ANSI."""
        what, *rest = self._parts()
        return [f"{RED}{BOLD}{type(self).__name__}{RESET}: {what}", *rest]
