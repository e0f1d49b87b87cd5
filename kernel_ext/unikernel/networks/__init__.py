"""Networks brought to life: what a machine's devices are plugged into while it runs."""

from __future__ import annotations

from unikernel.errors import UsageError
from unikernel.machines.qemu import netdev
from unikernel.model.network import Lan, Network, Tap, User

from . import lan, ports, tap
from .backend import Plug

__all__ = ["Plug", "plug"]


def plug(network: Network, *, captured: bool = False) -> Plug:
    """Prepare a network for a device; runs on the engine.

    A `captured` device gets no offloads, so that its frames are recorded as a wire carries them.
    Raises PortTaken and NetworkUnavailable.
    """
    match network:
        case User():
            ports.check(network.ports)
            return Plug(network, netdev.user(network))
        case Tap():
            return tap.plug(network, captured=captured)
        case Lan():
            return lan.plug(network)
        case _:
            raise UsageError(f"{network} is no kind of network.")
