"""Values of settings: how a text is read, and whether a value can be at all."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from unikernel.errors import UsageError, did_you_mean
from unikernel.model import block, directory, network_options
from unikernel.model.spec import Spec
from unikernel_toolchain import TARGETS
from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model import typed

_ASSIGNMENTS: Mapping[str, Callable[[str], tuple[str, object]]] = {
    "nets": network_options.assignment,
    "blocks": block.assignment,
    "kv": directory.assignment,
}
# Boot options whose values mean the same on every host: files and networks may be a worker's own.
_EVERYWHERE = frozenset(
    {"memory_mib", "machine", "accelerator", "on_panic", "arguments", "environment"}
)
# Options of our measurements, and the least that they may be.
_COUNTS = {"streams": 1, "connections": 1, "window_kib": 1, "count": 1, "size": 0, "port": 1}
_SECONDS = frozenset({"seconds", "timeout_s"})


def texts(values: Sequence[object]) -> Iterator[str]:
    """Yield every text in these values, however deep."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from texts(list(value.values()))
        elif isinstance(value, list | tuple):
            yield from texts(value)


def as_text(name: str, value: object) -> str:
    """Return what a parameter stands for, as text of a program. Raises UsageError."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise UsageError(
        f"{{{{{name}}}}} stands for a number, a text or a truth, not {visible(typed.brief(value))}."
    )


def as_option(name: str, value: Any) -> Any:
    """Return a boot option as a Spec has it; a text is read as a command line has it.

    Raises UsageError for a text that cannot be read.
    """
    if not isinstance(value, str):
        return value
    if name == "arguments":
        return _arguments(value)
    if name == "environment":
        return dict(map(_variable, value.split()))
    assignment = _ASSIGNMENTS.get(name)
    if assignment is None:
        return value
    device, _ = assignment(value)
    return {device: value.partition("=")[2] if device else value}


def _arguments(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as problem:
        raise UsageError(
            f"The arguments {visible(text)} cannot be split as a shell does: "
            f"{str(problem).lower()}.",
            hint="Close what is quoted, or give a list: one text an argument.",
        ) from None


def _variable(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals:
        raise UsageError(f"{word!r} is no variable.", hint="Write NAME=VALUE, several with blanks.")
    return name, value


def check(name: str, values: Sequence[object]) -> None:
    """Raise UsageError when no value of an option of build or boot can be, and say of one why.

    One among others that cannot be is a point that fails.
    """
    problems: list[UsageError | BadRequest] = []
    for value in values:
        try:
            check_one(name, value)
        except (UsageError, BadRequest) as problem:
            problems.append(problem)
        else:
            return
    none = f"None of the {len(values)} values of {name} will do: " if len(values) > 1 else ""
    listed = ", ".join(map(str, listing(values[0]))) if isinstance(values[0], str) else ""
    hint = f"Name each value: {listed}." if listed else problems[0].hint
    raise UsageError(f"{none}{problems[0].what}", hint=hint)


def listing(text: str) -> list[int]:
    """Return values that a range such as "16..128" may be meant to be; [] when it is no range."""
    found = re.fullmatch(r"(\d{1,6})\s*(?:\.{2,3}|-|…)\s*(\d{1,6})", text)
    low, high = (int(end) for end in found.groups()) if found else (0, 0)
    if not 0 < low < high:
        return []
    if high < 4 * low:
        return sorted({low, (low + high) // 2, high})
    doubled = [low << n for n in range(high.bit_length()) if low << n < high]
    return [*doubled, high]


def check_one(name: str, value: object) -> None:
    """Raise UsageError or BadRequest for a value that an option of ours cannot have."""
    if value is None:  # as if it were left out
        return
    if name in _COUNTS:
        if typed.whole(name, value) < _COUNTS[name]:
            raise UsageError(f"{name} is a number from {_COUNTS[name]}, not {value}.")
    elif name in _SECONDS:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and 0 < value < math.inf):  # type: ignore[operator]
            raise UsageError(f"{name} is a time in s above 0, not {visible(typed.brief(value))}.")
    elif name == "target":
        if (target := typed.text("target", value)) not in TARGETS:
            raise UsageError(f"There is no target {target!r}.", hint=did_you_mean(target, TARGETS))
    elif name in _EVERYWHERE and not any("{{" in text for text in texts([value])):
        choices: dict[str, Any] = {name: as_option(name, value)}
        Spec(**choices)
