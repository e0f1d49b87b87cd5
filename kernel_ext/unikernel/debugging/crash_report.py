"""What a core tells, in the order in which it is wanted: where, the source there, who called whom.

Above the place of the crash stand the frames that told of it, which are the library OS's own, and
below it there may be tens of thousands of one recursion: both are left out, and counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

Frame = Mapping[str, str]  # of GDB/MI's: level, func, file, line; all but the first may lack

TELLING = ("unikernel_abort", "<signal handler called>")  # from these on the base tells of it
_LISTED_WHOLE = 6  # equal calls in a row
_SHOWN_FIRST = 3


def crashed(frames: Sequence[Frame]) -> int:
    """Return the number of the frame that crashed, below those that tell of it."""
    telling = [number for number, frame in enumerate(frames) if frame.get("func") in TELLING]
    return min(telling[-1] + 1, len(frames) - 1) if telling else 0


def nearest(frames: Sequence[Frame], files: Collection[str]) -> int:
    """Return the number of the frame to look at: the innermost whose source is of ours, if any.

    `frames` are without those that tell of the crash, `files` the names of our sources.
    """
    own = [number for number, frame in enumerate(frames) if frame.get("file") in files]
    with_line = [number for number, frame in enumerate(frames) if frame.get("line")]
    return next(iter(own or with_line), 0)


def where(frames: Sequence[Frame], shown: int) -> str:
    """Return a sentence on where it crashed, and whose line of source follows."""
    if not frames:
        return "gdb finds no frame on its stack."
    inner, outer = frames[0], frames[shown]
    if not shown:
        return f"It crashed in {_described(inner)}."
    reached = "called from" if shown == 1 else "reached from"
    return f"It crashed in {_described(inner)}, {reached} {_described(outer)}."


def _described(frame: Frame) -> str:
    place = f", {_place(frame, ' line ')}" if frame.get("line") else ""
    return f"{_function(frame)}{place}"


def _function(frame: Frame) -> str:
    return frame.get("func", "??")


def _place(frame: Frame, separator: str = "") -> str:
    file, line = frame.get("file", ""), frame.get("line", "")
    if separator and file.startswith("cell "):
        return f"{file},{separator}{line}"
    return f"{file}:{line}"


def excerpt(listed: str, line: str) -> str:
    """Return what gdb's `list` printed, with a sign at a line."""
    found = [text for text in listed.splitlines() if text]
    return "\n".join(
        f"{'→' if text.split(chr(9))[0].strip() == line else ' '} {text}" for text in found
    )


def backtrace(frames: Sequence[Frame]) -> str:
    """Return who called whom, a call a line under gdb's numbers, and how many are left out."""
    lines: list[str] = []
    expected = 0
    for frame in _worth_showing(frames):
        number = int(frame["level"])
        if lines and number > expected:
            lines.append(f"     … {number - expected:,} frames")
        lines.append(_call(frame))
        expected = number + 1
    return "\n".join(lines)


def _worth_showing(frames: Sequence[Frame]) -> Iterator[Frame]:
    for _, equal in groupby(frames, lambda frame: (_function(frame), frame.get("file"))):
        run = list(equal)
        yield from run if len(run) <= _LISTED_WHOLE else [*run[:_SHOWN_FIRST], run[-1]]


def _call(frame: Frame) -> str:
    place = f" at {_place(frame)}" if frame.get("line") else ""
    return f"#{frame['level']:<3} {_function(frame)} (){place}"
