"""What Python callers gave, checked for its type where it comes in.

A list of names that is one name would else be taken for its letters, and a number for anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from unikernel_toolchain.errors import BadRequest

V = TypeVar("V")
_SHOWN = 40  # characters of a wrong value


def texts(what: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return a list of texts as a tuple. Raises BadRequest for anything else."""
    if not isinstance(values, str | bytes | Mapping) and isinstance(values, Iterable):
        found = tuple(values)
        if all(isinstance(value, str) for value in found):
            return found
        values = found
    example = f"[{values!r}]" if isinstance(values, str) else '["…", "…"]'
    raise BadRequest(f"{what} is a list of texts, not {brief(values)}.", hint=f"{what}={example}")


def text(what: str, value: object) -> str:
    """Return a text. Raises BadRequest for anything else."""
    if isinstance(value, str):
        return value
    raise BadRequest(f"{what} is a text, not {brief(value)}.")


def whole(what: str, value: object) -> int:
    """Return a whole number. Raises BadRequest for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise BadRequest(f"{what} is a whole number, not {brief(value)}.")


def mapping(what: str, values: Mapping[str, V], example: str) -> dict[str, V]:
    """Return a mapping from texts. Raises BadRequest for anything else; `example` is a good one."""
    given: object = values
    if isinstance(given, Mapping) and all(isinstance(key, str) for key in given):
        return dict(given)
    problem = f"{what} is a mapping from names, not {brief(values)}."
    raise BadRequest(problem, hint=f"{what}={example}")


def text_mapping(what: str, values: Mapping[str, str], example: str) -> dict[str, str]:
    """Return a mapping from texts to texts. Raises BadRequest for anything else."""
    return {
        name: text(f"{what}[{name!r}]", value)
        for name, value in mapping(what, values, example).items()
    }


def brief(value: object) -> str:
    """Return a value as Python shows it, cut where it is long."""
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
