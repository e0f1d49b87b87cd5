"""How a machine's networks look, as text and as HTML."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from .forward import LOOPBACK, Forward
from .network import Lan, Network, Tap

if TYPE_CHECKING:
    from .machines import Machine


def ports_words(machine: Machine) -> str:
    """Return the host's ports and where they lead, such as "8080→80, 8053→53/udp"."""
    return "user network lost" if machine.network_lost else ", ".join(map(_words, machine.ports))


def ports_text(machine: Machine) -> str:
    """Return what a line about a running machine says of its networks; "" when there is nothing."""
    return "" if machine.exit else "".join(f", {words}" for words in _facts(machine))


def ports_html(machine: Machine) -> str:
    """Return `ports_text` as HTML; a TCP port is a link to open."""
    if machine.exit:
        return ""
    links = [_link(port) for port in machine.ports]
    return "".join(f", {words}" for words in links + [escape(w) for w in _others(machine)])


def _facts(machine: Machine) -> list[str]:
    return [*map(_words, machine.ports), *_others(machine)]


def _others(machine: Machine) -> list[str]:
    """Return networks other than user networks, and where frames are captured."""
    networks = [f"{name} on {_place(net)}" for name, net in machine.networks.items() if _place(net)]
    lost = [f"user network lost: {machine.network_lost}"] if machine.network_lost else []
    lost += [machine.capture_ended] if machine.capture_ended else []
    return lost + networks + [f"frames in {_near(path)}" for path in machine.spec.captures.values()]


def _near(path: str) -> str:
    """Return a path as seen from the working folder, if it is in there."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def _place(network: Network) -> str:
    """Return where a device is and how it is reached; "" for a user network."""
    match network:
        case Tap():
            return f"tap {network.interface or ''} at {network.guest_address.partition('/')[0]}"
        case Lan():
            address = f" at {network.guest.partition('/')[0]}" if network.guest else ""
            return f"lan {network.segment}{address}"
        case _:
            return ""


def _words(port: Forward) -> str:
    address = "" if port.host_address == LOOPBACK else f"{port.host_address}:"
    protocol = "" if port.protocol == "tcp" else f"/{port.protocol}"
    return f"{address}{port.host_port}→{port.guest_port}{protocol}"


def _link(port: Forward) -> str:
    """Return a port as a link; a notebook on another host goes through its server's proxy."""
    if port.protocol != "tcp":
        return escape(_words(port))
    hub = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    url = f"{hub}proxy/{port.host_port}/" if hub else f"http://{LOOPBACK}:{port.host_port}/"
    return f'<a href="{escape(url)}" target="_blank">{escape(_words(port))}</a>'
