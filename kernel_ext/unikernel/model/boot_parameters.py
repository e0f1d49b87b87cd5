"""The command line that a guest reads: boot variables, then arguments. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from unikernel.errors import UsageError

from .network import Network
from .spec import Spec


def boot_parameters(spec: Spec) -> str:
    """Return the words for the guest, quoted where they need it."""
    told = network_variables(spec.nets) | dict(spec.environment)
    variables = [f"{name}={value}" for name, value in told.items()]
    return " ".join(variables + [_quoted(word) for word in spec.arguments])


def network_variables(nets: Mapping[str, Network]) -> dict[str, str]:
    """Return the boot variables that tell the guest its devices and addresses, in device order.

    An entry is empty where there is no address.
    """
    if not nets:
        return {}
    resolvers = [network.resolver or "" for network in nets.values()]
    told = {"UNIKERNEL_RESOLVER": ",".join(resolvers)} if any(resolvers) else {}
    return told | {
        "UNIKERNEL_NET": ",".join(nets),
        "UNIKERNEL_IPV4": ",".join(network.guest_address or "" for network in nets.values()),
        "UNIKERNEL_IPV4_GATEWAY": ",".join(network.gateway or "" for network in nets.values()),
    }


def _quoted(word: str) -> str:
    if any(ord(character) < 0x20 for character in word):
        raise UsageError(
            f"{word!r} cannot be a boot parameter.", hint="Control characters do not fit."
        )
    if word and not re.search(r'[\s"\\]', word) and not re.match(r"[A-Z_][A-Z0-9_]*=", word):
        return word
    return '"' + word.replace("\\", r"\\").replace('"', r"\"") + '"'
