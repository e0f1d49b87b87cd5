"""What people type, as gdb is given it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from unikernel.errors import UsageError, did_you_mean

# What reads more lines, up to an "end": in a cell these follow; gdb would wait for its own input.
_BLOCK = re.compile(r"(commands|define|document|if|while|python|py|guile|gu)\b")
_ON_ONE_LINE = re.compile(r"(python|py|guile|gu)\s+\S")
# What starts another guest than the machine's, and what ends this one.
_ELSEWHERE = {
    **dict.fromkeys(("run", "r", "start", "starti"), "The guest runs already: continue lets it."),
    **dict.fromkeys(("kill", "k"), "What ends the machine: %unikernel stop"),
    **dict.fromkeys(("target", "attach", "add-inferior"), "Another machine: %unikernel gdb NAME"),
}
LEAVING = ("detach", "quit", "q", "exit", "disconnect")
INTERRUPTS = ("interrupt", "stop")
_LOCATED = re.compile(
    r"(?:t?h?break|b|br|bre|brea|tb|th|hb|until|u|advance|list|l|jump|j|clear|edit|info line)\s"
)
_UNDEFINED = re.compile(r'(?:Function "|No symbol ")(?P<name>[^"]+)"')
_MEMBER = re.compile(r"'\w+' has unknown type")


def lines_of(text: str) -> list[str]:
    """Return the commands of a cell, one a line; a block with its lines up to its end is one.

    Raises UsageError for a block without its end.
    """
    found: list[str] = []
    depth = 0
    for line in map(str.strip, text.splitlines()):
        opens = bool(_BLOCK.match(line)) and not _ON_ONE_LINE.match(line)
        if depth:
            found[-1] += f"\n{line}"
            depth += opens - (line == "end")
        elif line and not line.startswith("#"):
            found.append(line)
            depth = int(opens)
    if depth:
        raise _without_end(found[-1])
    return found


def check(command: str) -> None:
    """Raise UsageError for a command that is not to reach gdb."""
    word = command.split(maxsplit=1)[0] if command.strip() else ""
    if word in _ELSEWHERE:
        raise UsageError(f"{word!r} is not for a machine's gdb.", hint=_ELSEWHERE[word])
    if _BLOCK.match(command) and not _ON_ONE_LINE.match(command) and "\n" not in command:
        raise _without_end(command)


def _without_end(command: str) -> UsageError:
    first = command.splitlines()[0]
    return UsageError(
        f"{first!r} needs more lines, and an end.",
        hint="Write them in a cell under %%unikernel gdb NAME, the last one: end",
    )


def located(command: str, name: str, files: Sequence[str]) -> str:
    """Return a command in which NAME:LINE means that line of the image's cell."""
    cell = f"cell {name}"
    if cell not in files or not _LOCATED.match(command):
        return command
    place = rf"(?<!cell )(?<!\S){re.escape(name)}:(\d+)"
    return re.sub(place, lambda found: f"'{cell}':{found[1]}", command)


def hint_for(error: str, names: Iterable[str]) -> str:
    """Return what may have been meant by what gdb did not find; "" when nothing is near."""
    if _MEMBER.search(error):
        return "In an expression the name of an OCaml function stands in quotes: 'Cell.start'"
    missing = _UNDEFINED.search(error)
    if missing is None:
        return ""
    known = list(names)
    word = missing["name"]
    longer = sorted(name for name in known if name.endswith(f".{word}"))
    if longer:
        return f"Did you mean {longer[0]!r}?"
    own = [name for name in known if name.partition(".")[0] == word.partition(".")[0]]
    return did_you_mean(word, own) if own else _nearest(word, known)


def _nearest(word: str, known: Sequence[str]) -> str:
    hint = did_you_mean(word, [name for name in known if ("." in name) == ("." in word)])
    return hint if hint.startswith("Did") else "info functions REGEX lists what there is."


def lets_run(command: str) -> bool:
    """Whether a command lets the guest run on."""
    return bool(re.match(r"(c|cont|continue|fg|finish|fin|until|u|advance|jump|j)\b", command))


def steps(command: str) -> bool:
    """Whether a command lets the guest run up to a place of its own."""
    return bool(re.match(r"(s|si|n|ni|step\w*|next\w*|fin\w*|until|u|advance|source)\b", command))
