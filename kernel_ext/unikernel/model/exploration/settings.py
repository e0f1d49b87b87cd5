"""Axes and settings: the names that a sweep varies, their values, and how both read.

A value is whatever the option of that name takes: a number, a text, a list, a mapping. In tables,
in journals and on plots stands its label, which is a number, a text or a truth. Two values with
one label are one value.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from unikernel.errors import UsageError, did_you_mean
from unikernel.model.measurement import Scalar
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model import typed

Settings = Mapping[str, object]
MOST_POINTS = 100_000
LABEL_CHARACTERS = 60


def label(value: object) -> Scalar:
    """Return a value as a table shows it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        text = ", ".join(f"{key}={each}" if key else str(each) for key, each in value.items())
    elif isinstance(value, list | tuple):
        text = ", ".join(map(str, value))
    else:
        text = str(value)
    return text if len(text) <= LABEL_CHARACTERS else _cut(text)


def _cut(text: str) -> str:
    """Return both ends of a long text, and a word between them that no other such text has."""
    half = LABEL_CHARACTERS // 2 - 4
    return f"{text[:half]}…{hashlib.sha256(text.encode()).hexdigest()[:6]}…{text[-half:]}"


def labels(settings: Settings) -> dict[str, Scalar]:
    """Return the labels of settings, by name."""
    return {name: label(value) for name, value in settings.items()}


def key(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return what tells settings apart from others of the same names."""
    return tuple(sorted((name, str(label(value))) for name, value in settings.items()))


def axes_of(given: Mapping[str, Iterable[object]]) -> Mapping[str, tuple[object, ...]]:
    """Return axes as they were given, each value once. Raises BadRequest and UsageError."""
    example = '{"memory_mib": [32, 64]}'
    found = {
        name: _values(name, values)
        for name, values in typed.mapping("axes", given, example).items()
    }
    points = 1
    for values in found.values():
        points *= len(values)
    if points > MOST_POINTS:
        raise UsageError(
            f"These axes have {points:,} points, and a sweep measures {MOST_POINTS:,} at most.",
            hint="Leave values out, or let uk.tune look for the best: it measures some of them.",
        )
    return MappingProxyType(found)


def _values(name: str, values: object) -> tuple[object, ...]:
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise UsageError(
            f"The axis {name!r} is a list of values, not {visible(typed.brief(values))}.",
            hint=f"{{{name!r}: [{values!r}]}}"
            if isinstance(values, str | int | float)
            else f"{{{name!r}: [value, value]}}",
        )
    found: dict[str, object] = {}
    for number, value in enumerate(values):
        if number > MOST_POINTS:
            raise UsageError(
                f"The axis {name!r} has no end in sight: more than {MOST_POINTS:,} values."
            )
        plain = _plain(value)
        found.setdefault(str(label(plain)), plain)
    if not found:
        raise UsageError(f"The axis {name!r} has no value.", hint="Give it one, or leave it out.")
    return tuple(found.values())


def _plain(value: object) -> object:
    """Return a number of NumPy's, or of pandas', as Python's."""
    item: Any = getattr(value, "item", None)
    return item() if callable(item) else value


def grid(axes: Mapping[str, tuple[object, ...]]) -> Iterator[dict[str, object]]:
    """Yield every combination of values, the last axis fastest."""
    for values in itertools.product(*axes.values()):
        yield dict(zip(axes, values, strict=True))


def axis_named(name: str, axes: Iterable[str]) -> str:
    """Return the name if it is an axis. Raises UsageError."""
    known = list(axes)
    if name not in known:
        raise UsageError(f"There is no axis {name!r}.", hint=did_you_mean(name, known))
    return name
