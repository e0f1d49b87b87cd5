"""What a guest writes, on its way to a terminal in a page (xterm.js).

A guest is a stranger, and the page the user's. What draws passes: colours, the cursor, erasing and
scrolling. What would do more does not: strings (titles, the clipboard, links), reports, which the
terminal would type back at the guest, mouse and focus modes, resizing. Numbers are bounded, since
xterm.js scrolls and inserts line by line, two billion times if told so, while the page hangs.
ECMA-48; xterm's control sequences.
"""

from __future__ import annotations

import re

from unikernel_toolchain.messages.visible import visible

MOST_ROWS = 200  # scrolled, inserted or deleted at once: no screen has more
MOST = 9999  # of any other number
_LONGEST = 4096  # characters of an unfinished sequence that its end is waited for

_PARAMETERS = r"[0-?]*[ -/]*"
_STRING = r"[\]PX^_][^\x00-\x1f\x7f-\x9f]*(?:\x07|\x1b\\)?"
_ACTIVE = re.compile(
    r"\x1b\[(?P<numbers>[0-9;:]{0,99})(?P<final>[@A-HJ-MPSTXdfmrsu])"
    r"|\x1b\[\?(?P<modes>[0-9;]{0,99})(?P<switch>[hl])"
    r"|(?P<drawing>\x1b(?:[78DEM]|[()][0AB]))"
    r"|(?P<reset>\x1bc)"
    rf"|(?P<other>\x1b(?:\[{_PARAMETERS}[@-~]?|{_STRING}|[ -/]*[0-~]?)|\x07)"
    r"|(?P<hidden>(?![\b\t\n\r\x0b\x0c\x0e\x0f])[^ -~\xa0-\xac\xae-\u05ff\u3000-\ud7ff])"
)
_UNFINISHED = re.compile(rf"\x1b(?:\[{_PARAMETERS}|[\]PX^_][^\x00-\x1f\x7f-\x9f]*\x1b?|[ -/]*)\Z")
_MODES = {1, 6, 7, 25, 47, 1047, 1049}  # cursor keys, origin, wrapping, cursor, other screen
_BY_ROWS = "LMST"
RESET = "\x1b[!p"  # a terminal's modes, margins and colours as they were at first (DECSTR)


def tame(text: str) -> str:
    """Return what of a guest's text a terminal in a page may get."""
    return _ACTIVE.sub(_tamed, text)


def finished_length(text: str) -> int:
    """Return how long the text is without a sequence at its end of which more may come."""
    unfinished = _UNFINISHED.search(text, max(0, text.rfind("\x1b", -_LONGEST) - 1))
    if unfinished and len(text) - unfinished.start() < _LONGEST:
        return unfinished.start()
    return len(text)


def _tamed(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "final":
            return _sequence(match["numbers"], match["final"])
        case "switch":
            modes = [mode for mode in match["modes"].split(";") if mode and int(mode) in _MODES]
            return f"\x1b[?{';'.join(modes)}{match['switch']}" if modes else ""
        case "drawing":
            return match[0]
        case "reset":
            return f"{RESET}\x1b[H\x1b[2J"  # what has left the screen is the user's
        case "hidden":
            return visible(match[0])
        case _:
            return ""


def _sequence(numbers: str, final: str) -> str:
    if final == "J" and "3" in numbers:  # erases what has left the screen
        return ""
    most = MOST_ROWS if final in _BY_ROWS else MOST
    bounded = re.sub(r"\d+", lambda number: str(min(int(number[0]), most)), numbers)
    return f"\x1b[{bounded}{final}"
