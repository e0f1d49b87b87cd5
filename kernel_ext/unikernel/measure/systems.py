"""Systems under test: what a network measurement runs against, and how the host reaches it.

A figure is worth what it is compared with. So the image and the baseline take turns, each in a
fresh machine for every sample, over the same kind of network, and rows say by the dimension
`system` whose they are:

    image for QEMU ── baseline: Linux as a guest of the same QEMU, machine type and accelerator
    image for Xen  ── baseline: Linux as a PVH domain beside it, with netfront
    image for unix ── baseline: the host's own Linux, in a network namespace

Either is a Server while its context lasts: networks to reach it by, dimensions to write on rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeVar

from unikernel.baseline import native
from unikernel.baseline.launch import prepare_baseline
from unikernel.baseline.linux import READY, linux
from unikernel.baseline.native import Service
from unikernel.errors import MeasurementFailed
from unikernel.machines.boot import unlisted
from unikernel.machines.core.launch import Launch
from unikernel.machines.prepare import prepare
from unikernel.model import targets
from unikernel.model.measurement import Scalar
from unikernel.model.network import Lan, Network, Tap, User
from unikernel.model.port_forward import ANY_PORT, Forward
from unikernel.model.spec import Spec
from unikernel.model.state import State
from unikernel.networks.tap import why_not
from unikernel_toolchain.model.image import Image

from .boot_time import Progress

OURS = "unikernel"
BASELINES = ("linux",)
STARTING_TIME_S = 5.0  # in which a guest of ours starts; it is asked for answers all the same
SERVING_TIME_S = 60.0  # in which a guest comes to serve, Linux on a loaded host included


class Server(Protocol):
    """What serves: a machine, or a program of the host in a network namespace."""

    @property
    def networks(self) -> Mapping[str, Network]:
        """The networks its devices are on, by device."""

    def dimensions(self) -> Mapping[str, Scalar]:
        """Return the dimensions that every measurement of it carries."""


@dataclass(frozen=True)
class System:
    """One of those compared: its label, and what runs it while a context lasts."""

    label: str
    running: Callable[[], AbstractContextManager[Server]]


def systems_under_test(
    image: Image,
    service: Service,
    port: int,
    baseline: str | None,
    choices: Mapping[str, Any],
) -> tuple[System, ...]:
    """Return the image, and the baseline if one is named, on the same kind of network.

    The baseline of a process is the host's own Linux; that of a guest is one under the same
    hypervisor. Under QEMU Linux needs PCI: beside it, a guest runs on "pc" instead of "microvm".

    `port` is where `service` is asked for. Without a network in `choices` it is a tap where one can
    be made, else a user network.

    Raises MeasurementFailed for a network that the host is not on, and what booting raises.
    """
    check_baseline(baseline)
    spec = Spec(**choices)
    network = _network(spec)
    target = targets.of(image)
    if baseline:
        spec = replace(spec, machine=target.pci_machine_type(spec.machine))
    ports = (Forward(ANY_PORT, port),) if isinstance(network, User) else ()
    ours = prepare(image, None, _with(spec, {**spec.nets} or {"": network}, ports))
    found = [System(OURS, partial(_machine, OURS, ours))]
    if baseline and not target.hypervisor:
        native.check(service)
        same = replace(network, ports=ports) if isinstance(network, User) else network
        found.append(System(baseline, partial(_native, service, port, same)))
    elif baseline:
        theirs = prepare_baseline(linux("net", target), _with(spec, {"": network}, ports))
        found.append(System(baseline, partial(_machine, baseline, theirs, READY)))
    return tuple(found)


def check_baseline(baseline: str | None) -> None:
    """Raise MeasurementFailed for a baseline that there is not."""
    if baseline not in (None, *BASELINES):
        raise MeasurementFailed(f"No baseline {baseline!r}; there is: linux.")


class Labelled(Protocol):
    """What takes turns."""

    @property
    def label(self) -> str:
        """Its word in rows."""


S = TypeVar("S", bound=Labelled)


def in_turns(
    systems: Sequence[S],
    repeat: int,
    progress: Progress | None,
    what: str,
    doing: str,
) -> Iterator[tuple[S, int]]:
    """Yield each system and its sample number, `repeat` times in turns, and tell how far it is.

    `what` names the measurement when it is done, `doing` stands before the label of the system.
    """
    turns = [(system, sample) for sample in range(repeat) for system in systems]
    for number, turn in enumerate(turns):
        if progress:
            progress(f"{doing} {turn[0].label}", number, len(turns))
        yield turn
    if progress:
        progress(what, len(turns), len(turns))


def _with(spec: Spec, nets: Mapping[str, Network], ports: tuple[Forward, ...]) -> Spec:
    return replace(spec, nets=nets, ports=ports)


def _network(spec: Spec) -> Network:
    """Return the network that the measurement goes over: the first device's."""
    network = next(iter(spec.nets.values()), None) or (User() if why_not() else Tap())
    if isinstance(network, Lan):
        raise MeasurementFailed(
            "The host is not on a lan, so it cannot measure over one.",
            hint="Measure over tap or user: --net tap",
        )
    return network


@contextmanager
def _machine(label: str, launch: Launch, ready: str | None = None) -> Iterator[Server]:
    """Boot a machine, wait until it serves, and end it. Raises MeasurementFailed.

    It serves when its console shows `ready`; without, it is up and whoever measures asks until it
    answers: what a guest prints tells nothing of that.
    """
    with unlisted(launch) as machine, explained(f"Console of {label}:", machine.console.tail):
        if ready:
            machine.console.expect(ready, timeout_s=SERVING_TIME_S)
        else:
            machine.settle(STARTING_TIME_S)
        if machine.state is not State.RUNNING:
            raise MeasurementFailed(f"{label} does not run: {machine.exit or machine.state}.")
        yield machine


@contextmanager
def _native(service: Service, port: int, network: Network) -> Iterator[Server]:
    with (
        native.serving(service, port, network) as server,
        explained("The server said:", server.tail),
    ):
        yield server


@contextmanager
def explained(heading: str, detail: Callable[[], str]) -> Iterator[None]:
    """Add what the system wrote, if it wrote anything, to a failure to measure it."""
    try:
        yield
    except MeasurementFailed as failure:
        if said := detail():
            failure.detail = "\n".join(filter(None, (failure.detail, heading, said)))
        raise


def endpoint(server: Server, port: int) -> tuple[str, int]:
    """Return address and port at which the host reaches `port` of the server's first device."""
    network = next(iter(server.networks.values()))
    if isinstance(network, User):
        forward = next(one for one in network.ports if one.guest_port == port)
        return forward.host_address, forward.host_port
    return (network.guest_address or "").partition("/")[0], port


def dimensions_of(system: System, server: Server, **more: Scalar) -> dict[str, Scalar]:
    """Return the dimensions of a network measurement."""
    network = next(iter(server.networks.values()))
    return {
        **server.dimensions(),
        "system": system.label,
        "network": network.kind,
        "mtu": network.mtu or 1500,
        "offload": network.offload,
        **more,
    }
