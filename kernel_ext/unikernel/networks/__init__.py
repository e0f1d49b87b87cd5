"""Networks brought to life: the host's ends of a machine's devices while it runs."""

from __future__ import annotations

from unikernel.errors import UsageError
from unikernel.model.network import Lan, Network, Tap, User

from . import lan, ports, tap
from .backend import Backend

__all__ = ["Backend", "open_backend"]


def open_backend(network: Network, *, captured: bool = False) -> Backend:
    """Return the host's end of a device's network; runs on the event loop.

    A `captured` device gets no offloads, so that its frames are recorded as a wire carries them.
    Raises PortTaken, NetworkUnavailable, and UsageError for what is no network.
    """
    match network:
        case User():
            ports.check(network.ports)
            return Backend(network, "user")
        case Tap():
            return tap.open_backend(network, captured=captured)
        case Lan():
            return lan.open_backend(network)
        case _:
            raise UsageError(f"{network} is no kind of network.")
