"""The text form of networks, as in `--net service=tap:tap0,address=10.1.0.1/24`.

An option without a value, as in `user,internet`, switches something on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from unikernel.errors import UsageError, did_you_mean

from .network import REACH, Lan, Network, Tap, User
from .port_forward import forwards

KINDS: dict[str, type[Network]] = {kind.kind: kind for kind in (User, Tap, Lan)}
SWITCH = {"on": True, "off": False}


def parse(text: str) -> Network:
    """Return the network of `KIND[:NAME][,OPTION=VALUE]...`. Raises UsageError."""
    first, *options = text.split(",")
    kind_name, colon, name = first.partition(":")
    kind = KINDS.get(kind_name)
    if kind is None:
        raise UsageError(
            f"{kind_name!r} is no kind of network.",
            hint=did_you_mean(kind_name, KINDS) + " They are written user, tap:tap0, lan:lab.",
        )
    if name and not kind.name_field:
        raise UsageError(f"A {kind_name} network has no name: {first!r}.")
    if colon and not name:
        raise UsageError(f"{first!r} ends where a name should be.")
    if kind is Lan and not name:
        raise UsageError("A lan has a name.", hint="Write lan:lab; guests on lan:lab share it.")
    named: dict[str, Any] = {kind.name_field: name} if name and kind.name_field else {}
    return kind(**named, **_options(kind, options))


def assignment(text: str) -> tuple[str, Network]:
    """Return device and network of `DEVICE=NETWORK`; of a bare `NETWORK` the device is "".

    Raises UsageError.
    """
    device, equals, rest = text.partition("=")
    if not equals or re.split("[:,]", device)[0] in KINDS:
        return "", parse(text)
    return device, parse(rest)


def parse_each(chosen: Mapping[str, Network | str]) -> dict[str, Network]:
    """Return `chosen` with its texts parsed. Raises UsageError."""
    return {
        device: parse(network) if isinstance(network, str) else network
        for device, network in chosen.items()
    }


def _options(kind: type[Network], texts: list[str]) -> dict[str, Any]:
    known = {field.name for field in fields(kind)} - {kind.name_field, "ports"}
    known |= {"port"} if kind is User else set()
    found: dict[str, Any] = {}
    ports: list[str] = []
    for text in texts:
        key, equals, value = text.partition("=")
        value = value if equals or key not in REACH else "on"
        if key not in known:
            raise UsageError(
                f"A {kind.kind} network has no option {key!r}.", hint=did_you_mean(key, known)
            )
        if key == "port":
            ports.append(value)
        else:
            found[key] = _value(key, value)
    return found | ({"ports": forwards(ports)} if ports else {})


def _value(key: str, text: str) -> str | int | bool:
    if key in ("offload", *REACH):
        if text not in SWITCH:
            raise UsageError(f"{key} is on or off, not {text!r}.")
        return SWITCH[text]
    if key == "mtu":
        if not text.isdecimal():
            raise UsageError(f"mtu is a number of bytes, not {text!r}.")
        return int(text)
    return text
