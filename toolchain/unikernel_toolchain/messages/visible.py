"""Visible: text of strangers, made harmless to print.

A control character moves the cursor, clears the screen or writes to the clipboard of the terminal
that shows it (ECMA-48, and xterm's OSC 52); a format character (Unicode's category Cf) turns text
around or hides it. C0 controls are written in caret notation, `^[` for ESC, the others as
`<U+202E>`, as less(1) does.
"""

from __future__ import annotations

import re

# Controls (Cc), format characters (Cf), line and paragraph separators (Zl, Zp) and surrogates (Cs):
# Unicode 16's, listed because looking a million characters up costs 0.2 s at every start.
_HIDDEN = (
    "\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
_WORD = re.compile(f"[{_HIDDEN}]")
_LINES = re.compile(f"(?![\n\t])[{_HIDDEN}]")


def visible(text: str) -> str:
    """Return a stranger's word or line with every control and format character visible."""
    return _WORD.sub(_shown, text)


def visible_lines(text: str) -> str:
    """Return `visible` text in which line ends and tabs stay what they are."""
    return _LINES.sub(_shown, text.replace("\r\n", "\n"))


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20 or code == 0x7F:
        return f"^{chr(code ^ 0x40)}"
    return f"<U+{code:04X}>"
