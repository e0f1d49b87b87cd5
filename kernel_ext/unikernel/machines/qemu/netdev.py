"""The network part of QEMU's command line, and what of it the guest is told. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Interface

from unikernel.model.network import Network, Tap, User
from unikernel.model.port_forward import Forward
from unikernel.model.spec import Spec
from unikernel.model.targets import VIRTIO
from unikernel.networks.backend import Backend

from . import slots

OFFLOADS = (
    *("csum", "guest_csum", "gso", "host_tso4", "host_tso6", "host_ecn", "host_ufo"),
    *("guest_tso4", "guest_tso6", "guest_ecn", "guest_ufo"),
)
DUMP_LIMIT_BYTES = 0x20000  # of a frame; the longest has 64 KiB


def devices(spec: Spec, backends: Mapping[str, str] | None) -> tuple[str, ...]:
    """Return the arguments for the devices of `spec.nets`, in their order.

    `backends` are the values of -netdev by device, without their id; without them, those of a
    command that stands by itself.
    """
    options: list[str] = []
    for number, (name, network) in enumerate(spec.nets.items()):
        backend = backends[name] if backends else alone(network)
        options += ("-netdev", f"{backend},id=net{number}")
        options += ("-device", _device(spec, network, number))
        if name in spec.captures:
            options += ("-object", dump(spec.captures[name], number))
    return tuple(options)


def with_backend(backend: Backend) -> str:
    """Return the -netdev of a device whose network is ready."""
    match backend:
        case Backend(network=User() as network, kind="user"):
            return user(network)
        case _:
            return f"{backend.kind},fd={backend.descriptor}"


def alone(network: Network) -> str:
    """Return the -netdev of a command that stands by itself.

    A segment's other members are not reached by it: the segment is empty.
    """
    match network:
        case User():
            return user(network)
        case Tap():
            name = network.interface or "uk0"
            return f"tap,ifname={name},script=no,downscript=no"
        case _:
            return "hubport,hubid=0"


def user(network: User) -> str:
    """Return the -netdev of a user network."""
    guest = IPv4Interface(network.guest_address)
    options = [f"net={guest.network}", f"dhcpstart={guest.ip}"]
    named = (("host", network.gateway, 2), ("dns", network.name_server, 3))
    options += [f"{name}={ip}" for name, ip, default in named if ip != str(guest.network[default])]
    options += [f"hostfwd={rule(forward, network)}" for forward in network.forwards]
    options += [] if network.reach or network.needs_filter else ["restrict=on"]
    return ",".join(["user", *options])


def rule(forward: Forward, network: User) -> str:
    """Return QEMU's words for a forwarded port."""
    guest = IPv4Interface(network.guest_address).ip
    return f"{host_end(forward)}-{guest}:{forward.guest_port}"


def host_end(forward: Forward) -> str:
    """Return QEMU's words for the host's end of a forwarded port."""
    return f"{forward.protocol}:{forward.host_address}:{forward.host_port}"


def _device(spec: Spec, network: Network, number: int) -> str:
    if VIRTIO.has_pci(spec.machine):
        options = [f"virtio-net-pci,addr={slots.pci(number)}", "romfile="]
    else:
        options = [f"virtio-net-device,bus={slots.mmio(number)}"]
    options += [f"netdev=net{number}"]
    options += [f"mac={network.mac}"] if network.mac else []
    options += [f"host_mtu={network.mtu}"] if network.mtu else []
    options += [f"{feature}=off" for feature in OFFLOADS if not network.offload]
    return ",".join(options)


def dump(path: str, number: int) -> str:
    """Return the -object that writes a network's frames to a file."""
    file = path.replace(",", ",,")
    return f"filter-dump,id=dump{number},netdev=net{number},maxlen={DUMP_LIMIT_BYTES},file={file}"
