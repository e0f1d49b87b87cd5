"""Networks brought to life: what a machine's devices are plugged into while it runs."""

from __future__ import annotations

from unikernel.errors import UsageError
from unikernel.model.network import Lan, Network, Tap, User

from . import lan, ports, tap
from .backend import Backend

__all__ = ["Backend", "plug"]


def plug(network: Network, *, captured: bool = False) -> Backend:
    """Prepare a network for a device; runs on the event loop.

    A `captured` device gets no offloads, so that its frames are recorded as a wire carries them.
    Raises PortTaken and NetworkUnavailable.
    """
    match network:
        case User():
            ports.check(network.ports)
            return Backend(network, "user")
        case Tap():
            return tap.plug(network, captured=captured)
        case Lan():
            return lan.plug(network)
        case _:
            raise UsageError(f"{network} is no kind of network.")
