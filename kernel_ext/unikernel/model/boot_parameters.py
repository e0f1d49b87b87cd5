"""The command line that a guest reads: boot variables, then arguments. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from unikernel.errors import UsageError

from .network import Network
from .spec import Spec


def boot_parameters(spec: Spec) -> str:
    """Return the guest's command line, quoted where it needs it. Raises UsageError."""
    variables = network_variables(spec.nets) | block_variables(spec.blocks)
    variables |= {"UNIKERNEL_KV": ",".join(spec.kv)} if spec.kv else {}
    return line(variables | dict(spec.environment), spec.arguments)


def line(variables: Mapping[str, str], arguments: Iterable[str]) -> str:
    """Return boot variables and arguments as one line. Raises UsageError."""
    assignments = [f"{name}={value}" for name, value in variables.items()]
    return " ".join([*assignments, *map(_quoted, arguments)])


def network_variables(nets: Mapping[str, Network]) -> dict[str, str]:
    """Return the boot variables that tell the guest its devices and addresses, in device order.

    An entry is empty where there is no address.
    """
    if not nets:
        return {}
    resolvers = [network.resolver or "" for network in nets.values()]
    variables = {"UNIKERNEL_RESOLVER": ",".join(resolvers)} if any(resolvers) else {}
    return variables | {
        "UNIKERNEL_NET": ",".join(nets),
        "UNIKERNEL_IPV4": ",".join(network.guest_address or "" for network in nets.values()),
        "UNIKERNEL_IPV4_GATEWAY": ",".join(network.gateway or "" for network in nets.values()),
    }


def block_variables(blocks: Iterable[str]) -> dict[str, str]:
    """Return the boot variable that tells the guest its block devices, in device order."""
    names = ",".join(blocks)
    return {"UNIKERNEL_BLOCK": names} if names else {}


def _quoted(arg: str) -> str:
    if any(ord(character) < 0x20 for character in arg):
        raise UsageError(
            f"{arg!r} cannot be a boot parameter.", hint="Control characters do not fit."
        )
    if arg and not re.search(r'[\s"\\]', arg) and not re.match(r"[A-Z_][A-Z0-9_]*=", arg):
        return arg
    return '"' + arg.replace("\\", r"\\").replace('"', r"\"") + '"'
