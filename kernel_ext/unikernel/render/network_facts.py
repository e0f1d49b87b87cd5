"""How a machine's networks look, as text and as HTML."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.model.network import REACH, Lan, Network, Tap
from unikernel.model.port_forward import EVERYBODY, LOOPBACK, Forward
from unikernel_toolchain.messages.visible import visible

if TYPE_CHECKING:
    from unikernel.machines import Machine

HUB_WARNING = (
    "On this Hub a guest's page belongs to your Jupyter: it may do there what you may, and the "
    "proxy shows the guest your login cookie. If you trust the guest,"
)


def ports_summary(machine: Machine) -> str:
    """Return the host's ports and where they lead, and what the guest reaches by itself.

    Such as "8080→80, 8053→53/udp, →internet".
    """
    if machine.network_lost:
        return "user network lost"
    reach = [_reach(machine).replace("the ", "→")] if _reach(machine) else []
    return ", ".join([*map(_port_text, machine.ports), *reach])


def ports_text(machine: Machine) -> str:
    """Return what a line about a running machine says of its networks; "" when there is nothing."""
    if machine.exit:
        return ""
    facts = [*map(_port_text, machine.ports), *_others(machine)]
    return "".join(f", {fact}" for fact in facts)


def ports_html(machine: Machine) -> str:
    """Return `ports_text` as HTML; a TCP port is a link to open."""
    if machine.exit:
        return ""
    links = [_link_html(port, machine) for port in machine.ports]
    return "".join(f", {fact}" for fact in links + list(map(escape, _others(machine))))


def _others(machine: Machine) -> list[str]:
    """Return networks other than user networks, and where frames are captured."""
    networks = [
        f"{name} on {_address_text(net)}"
        for name, net in machine.networks.items()
        if _address_text(net)
    ]
    networks += [f"reaches {reach}"] if (reach := _reach(machine)) else []
    lost = [f"user network lost: {machine.network_lost}"] if machine.network_lost else []
    lost += [machine.capture_ended] if machine.capture_ended else []
    return (
        lost
        + networks
        + [f"frames in {visible(_relative(path))}" for path in machine.spec.captures.values()]
    )


def _reach(machine: Machine) -> str:
    """Return what a guest may reach by its user networks; "" when it is nothing."""
    reached = {place for net in machine.networks.values() for place in getattr(net, "reach", ())}
    return " and ".join(f"the {place}" for place in REACH if place in reached)


def _relative(path: str) -> str:
    """Return a path as seen from the working folder, if it is in there."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def _address_text(network: Network) -> str:
    """Return where a device is and how it is reached; "" for a user network."""
    match network:
        case Tap():
            return f"tap {network.interface or ''} at {network.guest_address.partition('/')[0]}"
        case Lan():
            address = f" at {network.guest.partition('/')[0]}" if network.guest else ""
            return f"lan {network.segment}{address}"
        case _:
            return ""


def _port_text(port: Forward) -> str:
    address = "" if port.host_address == LOOPBACK else f"{port.host_address}:"
    protocol = "" if port.protocol == "tcp" else f"/{port.protocol}"
    return f"{address}{port.host_port}→{port.guest_port}{protocol}"


@dataclass(frozen=True)
class PortLink:
    """A port: how it is written, its page's address or "", and what must be said beside that."""

    label: str
    url: str = ""
    warning: str = ""


def port_link(port: Forward, machine: Machine) -> PortLink:
    """Return where a port's page is; a notebook on another host goes through its server's proxy.

    A browser sends a host's cookies to every port of it. So that a guest gets none of Jupyter's,
    links lead to a name of the guest's own below localhost, where Jupyter is not (RFC 6761, 6.3).
    """
    label = _port_text(port)
    if port.protocol != "tcp":
        return PortLink(label)
    if hub := os.environ.get("JUPYTERHUB_SERVICE_PREFIX"):
        return PortLink(label, f"{hub}proxy/{port.host_port}/", HUB_WARNING)
    if port.host_address not in (LOOPBACK, EVERYBODY):
        return PortLink(label)  # an address that Jupyter may be at, too
    return PortLink(label, f"http://{_host_name(machine.name)}:{port.host_port}/")


def _link_html(port: Forward, machine: Machine) -> str:
    link = port_link(port, machine)
    label = escape(link.label)
    if link.warning:
        return f"{label}. {escape(link.warning)} {_anchor(link.url, 'open it')}"
    return _anchor(link.url, label) if link.url else label


def _anchor(url: str, label: str) -> str:
    secretive = 'rel="noopener noreferrer" referrerpolicy="no-referrer"'  # JupyterLab drops a rel
    return f'<a href="{escape(url)}" target="_blank" {secretive}>{label}</a>'


def _host_name(name: str) -> str:
    """Return a host name for a machine, which browsers take to be this host."""
    name_label = re.sub(r"[^a-z0-9]+", "-", name.lower())[:63].strip("-")
    return f"{name_label or 'guest'}.localhost"
