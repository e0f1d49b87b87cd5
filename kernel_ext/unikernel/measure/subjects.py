"""Subjects: what a network measurement runs against, and how the host reaches it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from unikernel import engine
from unikernel.errors import MeasurementFailed
from unikernel.forward import ANY_PORT, Forward
from unikernel.machines.contract import Machine
from unikernel.machines.launch import Launch, prepare, prepare_yardstick
from unikernel.machines.own import OwnMachine
from unikernel.machines.targets import machine_for
from unikernel.measurement import Scalar
from unikernel.network import Lan, Network, Tap, User
from unikernel.networks.tap import why_not
from unikernel.spec import Spec
from unikernel.state import State
from unikernel.yardstick.linux import READY, linux
from unikernel_toolchain.image import Image

OURS = "unikernel"
YARDSTICKS = ("linux",)
SERVING_TIME_S = 60.0  # in which a guest comes to serve, Linux on a loaded host included
PCI_MACHINE = "pc"  # the type that the unikernel shares with Linux, which needs PCI


@dataclass(frozen=True)
class Subject:
    """One of those compared: its label and how it is booted."""

    label: str
    launch: Launch
    ready: str | None = None  # what its console shows when it serves; its first line if None


def subjects(
    image: Image | str, port: int, yardstick: str | None, choices: Mapping[str, Any]
) -> tuple[Subject, ...]:
    """Return the image, and the yardstick if one is named, on the same kind of network.

    Linux needs PCI: beside it, an image runs on "pc" instead of "microvm".

    `port` is the guest's that the measurement goes to. Without a network in `choices` it is a tap
    where one can be made, else a user network.

    Raises MeasurementFailed for a network that the host is not on, and what booting raises.
    """
    if yardstick not in (None, *YARDSTICKS):
        raise MeasurementFailed(f"No yardstick {yardstick!r}; there is: linux.")
    spec = Spec(**choices)
    if yardstick and spec.machine == "microvm":
        spec = replace(spec, machine=PCI_MACHINE)
    network = _network(spec)
    ports = (Forward(ANY_PORT, port),) if isinstance(network, User) else ()
    ours = _with(spec, {**spec.nets} or {"": network}, ports)
    found = [Subject(OURS, prepare(image, None, ours))]
    if yardstick:
        theirs = _with(spec, {"": network}, ports)
        found.append(Subject(yardstick, prepare_yardstick(linux(), theirs), READY))
    return tuple(found)


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
def running(subject: Subject) -> Iterator[Machine]:
    """Boot a subject, wait until it serves, and end it. Raises MeasurementFailed."""
    machine = engine.call(_start(subject.launch))
    try:
        if subject.ready:
            machine.console.expect(subject.ready, timeout_s=SERVING_TIME_S)
        else:
            engine.call(machine.reached("line", SERVING_TIME_S))
        if machine.state is not State.RUNNING:
            raise MeasurementFailed(
                f"{subject.label} does not run: {machine.exit or machine.state}."
            )
        yield machine
    except MeasurementFailed as failure:
        failure.detail = "\n".join(
            filter(None, (failure.detail, f"Console of {subject.label}:", machine.console.tail()))
        )
        raise
    finally:
        engine.call(machine.end())


async def _start(launch: Launch) -> OwnMachine:
    machine = machine_for(launch)
    await machine.start()
    return machine


def endpoint(machine: Machine, port: int) -> tuple[str, int]:
    """Return address and port at which the host reaches `port` of the machine's first device."""
    network = next(iter(machine.networks.values()))
    if isinstance(network, User):
        forward = next(one for one in network.ports if one.guest_port == port)
        return forward.host_address, forward.host_port
    return (network.guest_address or "").partition("/")[0], port


def circumstances(subject: Subject, machine: Machine, **more: Scalar) -> dict[str, Scalar]:
    """Return the dimensions of a network measurement."""
    network = next(iter(machine.networks.values()))
    return {
        **machine.dimensions(),
        "subject": subject.label,
        "network": network.kind,
        "mtu": network.mtu or 1500,
        "offload": network.offload,
        **more,
    }
