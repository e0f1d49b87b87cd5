"""Keys of a config.ml, given from Python, as the flags of configure that they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from pathlib import PurePath

from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.model import typed

_PLAIN = (
    *(str, int, float, PurePath),
    *(IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network),
)
_EXAMPLE = '{"dhcp": True}'


def words_of(keys: Sequence[str] | Mapping[str, object]) -> tuple[str, ...]:
    """Return keys as flags of configure. Raises BadRequest for what are none."""
    if not isinstance(keys, Mapping):
        return typed.texts("keys", keys)
    return tuple(_words(typed.mapping("keys", keys, _EXAMPLE)))


def _words(keys: Mapping[str, object]) -> Iterator[str]:
    """Yield a word for each: config.ml knows which are flags, and reads =true of them, too."""
    for name, value in keys.items():
        option = name.lstrip("-")
        if not option or "=" in option:
            raise BadRequest(
                f"{name!r} names no key.", hint=f"A key is named by its option: keys={_EXAMPLE}"
            )
        if value is not None:
            dashes = "-" if len(option) == 1 else "--"
            yield f"{dashes}{option}={_value(name, value)}"


def _value(name: str, value: object) -> str:
    if isinstance(value, list | tuple):
        items = [_item(name, item) for item in value]
        for item in items:
            if "," in item:
                raise BadRequest(f"keys[{name!r}]: {item!r} cannot be in a list: it has a comma.")
        return ",".join(items)
    return _item(name, value)


def _item(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, _PLAIN):
        return str(value)
    raise BadRequest(
        f"keys[{name!r}] is a text, a number, True or False, an address, a path or a list of "
        f"these, not {typed.brief(value)}."
    )
