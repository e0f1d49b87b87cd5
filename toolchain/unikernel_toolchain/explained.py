"""Explained: an error told to a person in three parts."""

from __future__ import annotations

RED, BOLD, RESET = "\x1b[31m", "\x1b[1m", "\x1b[0m"


class Explained(Exception):
    """A failure to tell a person about.

    `what` says what was being done and what went wrong, `hint` what to do next, `detail` is
    evidence to show verbatim (a compiler's excerpt, a command, a transcript, a refusal).
    """

    def __init__(self, what: str, *, hint: str = "", detail: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.detail = detail

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.detail, self.hint) if part)

    def _render_traceback_(self) -> list[str]:
        """Return what an interactive shell shows in place of a traceback, coloured with ANSI."""
        heading = f"{RED}{BOLD}{type(self).__name__}{RESET}: {self.what}"
        return [part for part in (heading, self.detail, self.hint) if part]
