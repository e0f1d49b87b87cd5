"""Static addresses that a guest's own boot keys give it, known before it boots.

MirageOS's applications take `--ipv4`, at boot or when they are configured, before what the host
tells them. A user network leads ports to one address, so it has to be that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

from unikernel.errors import UsageError
from unikernel_toolchain.model.address_keys import AddressKeys

from .network import Network, User


def follow(
    nets: Mapping[str, Network], keys: Sequence[AddressKeys], arguments: Sequence[str]
) -> tuple[dict[str, Network], tuple[str, ...]]:
    """Return the networks with ports that lead to where guests will be, and sentences on others.

    `nets` are those of a machine's devices, `keys` those of its image, `arguments` what it is given
    at boot. A user network whose address nobody chose becomes the one of the guest's address; in
    one that was chosen, the guest is where its key says if that is inside.
    """
    followed, sentences = dict(nets), list[str]()
    for device, network in nets.items():
        told = [(text, each) for each in keys if (text := _told(each, device, arguments))]
        if not told or not isinstance(network, User):
            continue
        (text, each), *_ = told  # ports lead to one address
        router = _given(each.gateway, arguments) or each.configured_gateway
        try:
            followed[device] = _moved(network, IPv4Interface(text), router)
        except UsageError as error:
            if network.forwards or network.reach:
                sentences.append(_astray(each, text, error))
    return followed, tuple(sentences)


def _told(keys: AddressKeys, device: str, arguments: Sequence[str]) -> str:
    """Return the address that a device's keys have been given; "" for none that a guest takes."""
    text = _given(keys.address, arguments) or keys.configured_address
    if keys.device != device or "/" not in text:
        return ""
    try:
        return str(IPv4Interface(text))
    except ValueError:
        return ""


def _given(option: str, arguments: Sequence[str]) -> str:
    """Return what a guest is given for an option (Cmdliner, "Command line syntax"), or ""."""
    flag = f"--{option}"
    for index, word in enumerate(arguments):
        if word == "--":
            break
        if word == flag:
            return arguments[index + 1] if index + 1 < len(arguments) else ""
        if word.startswith(f"{flag}="):
            return word.partition("=")[2]
    return ""


def _moved(network: User, address: IPv4Interface, router: str) -> User:
    """Return the network with the guest at `address`. Raises UsageError where it cannot be."""
    if network.guest is not None:
        around = IPv4Interface(network.guest)
        if address.ip not in around.network:
            raise UsageError(
                f"Its user network is {around.network}.",
                hint=f"Leave one of them out, or have them agree: user,guest={address}",
            )
        address = IPv4Interface(f"{address.ip}/{around.network.prefixlen}")
    if network.router is None and _is_inside(router, address):
        return replace(network, guest=str(address), router=router)
    return replace(network, guest=str(address))


def _is_inside(router: str, address: IPv4Interface) -> bool:
    try:
        return IPv4Address(router) in address.network
    except ValueError:
        return False


def _astray(keys: AddressKeys, address: str, why: UsageError) -> str:
    return (
        f"Nothing reaches {address}, the address that --{keys.address} gives the guest on "
        f"{keys.device}: {why.what} {why.hint}"
    )
