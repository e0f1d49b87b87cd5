"""A flood of frames to a domain, and answers that nobody takes: what is lost, and where."""

import itertools
import re

import pytest
from support.guests.guest_programs import ENDS_WITHIN_S
from support.networks.guest_network import Wire, booted

from unikernel.host import event_loop
from unikernel.machines.xen.lab.lab import Lab

pytestmark = pytest.mark.boot

COUNT = 50_000
ADDRESSES = bytes.fromhex("525400000001020000000001")
DATA, END = b"\x88\xb5", b"\x88\xb6"
SILENCE_S = 3


def counters(domain):
    """Return how many frames dom0 has given to a domain's device, and how many it has had of it."""

    async def read():
        lab = await Lab.shared()
        names = [f"/sys/class/net/vif{domain}.0/statistics/{way}_packets" for way in ("tx", "rx")]
        return [int(await lab.dom0.get(name)) for name in names]

    return tuple(event_loop.call(read(), timeout_s=ENDS_WITHIN_S))


def answers(wire):
    """Yield the numbers of frames that came back."""
    while True:
        try:
            yield int.from_bytes(wire.receive(timeout_s=SILENCE_S)[14:18])
        except TimeoutError:
            return


def test_what_a_flood_loses_is_lost_in_the_bridge():
    """Dom0's bridge has no flow control; the guest answers all that it was given, in order."""
    with (
        Wire() as wire,
        booted("c_net_echo", {"a": wire}, platform="xen", arguments=("a",)) as vm,
    ):
        vm.console.expect("ready", timeout_s=ENDS_WITHIN_S)
        (domain,) = re.findall(r"^c_net_echo\S* +([0-9]+)", vm.xl("list"), re.MULTILINE)
        for number in range(COUNT):
            wire.send(ADDRESSES + DATA + number.to_bytes(4) + bytes(42))
        numbers = list(answers(wire))
        given, had = counters(domain)
        wire.send(ADDRESSES + END + bytes(46))
        assert vm.wait(timeout_s=ENDS_WITHIN_S).status == 0
        said = vm.console.text
    assert f"\n{given} frames" in said
    assert given == had
    assert len(numbers) <= had <= COUNT
    assert all(one < other for one, other in itertools.pairwise(numbers))
