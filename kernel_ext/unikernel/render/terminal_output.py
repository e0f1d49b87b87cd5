"""What a guest writes, on its way to somebody's real terminal.

Line ends, carriage returns, backspaces, tabs and colours pass. Everything else could move windows,
write to the clipboard (xterm's OSC 52) or hide what was written, and is made visible.
"""

from __future__ import annotations

import codecs
import re

from unikernel_toolchain.messages.visible import visible

_COLOUR = r"\x1b\[[0-9;:]{0,64}m"
_PASSED = re.compile(rf"((?:[\n\r\b\t]|{_COLOUR})+)")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;:]{0,64})?\Z")
_COLOURED = re.compile(_COLOUR)
_PLAIN = "\x1b[0m"


class TerminalOutput:
    """Makes pieces of a console harmless, one after the other."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""  # of the last piece: the beginning of a sequence
        self._coloured = False

    def pass_on(self, data: bytes) -> str:
        """Return what of the next piece, and of what was kept back, a terminal may get."""
        text = self._rest + self._decoder.decode(data)
        unfinished = _UNFINISHED.search(text)
        end = unfinished.start() if unfinished else len(text)
        self._rest = text[end:]
        return self._harmless(text[:end])

    def finish(self) -> str:
        """Return what was kept back, and the end of colours."""
        rest = self._harmless(self._rest + self._decoder.decode(b"", final=True))
        return rest + (_PLAIN if self._coloured else "")

    def _harmless(self, text: str) -> str:
        self._coloured = self._coloured or bool(_COLOURED.search(text))
        parts = _PASSED.split(text)
        parts[::2] = map(visible, parts[::2])
        return "".join(parts)


def harmless(data: bytes) -> str:
    """Return all of a console for a terminal."""
    output = TerminalOutput()
    return output.pass_on(data) + output.finish()
