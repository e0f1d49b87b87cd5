"""Transfers over a path whose middle link is smaller, with and without ICMP, both ways."""

import time
from contextlib import contextmanager

import pytest
from support.guests.guest_programs import ENDS_WITHIN_S, build, multiline
from support.networks.impairment import GUEST, GUEST_V6, why_not
from support.networks.net_services import MEMORY_MIB, download, upload
from support.networks.routed_link import RoutedLink
from support.platforms import choices, in_turn

import unikernel

BYTES = 5_000_000
FULL_SEGMENT_BYTES = 1200  # about, of the smallest path here
GUESTS = {GUEST: "ocaml_net_services", GUEST_V6: "ocaml_net_paths"}
# Family, the middle link's MTU, and whether the routers are silent about it; in turn.
PATHS = (
    *((GUEST, 1400, False), (GUEST, 1400, True)),
    *((GUEST_V6, 1400, False), (GUEST_V6, 1400, True)),
    *((GUEST_V6, 1280, True), (GUEST_V6, 1280, False)),
)

pytestmark = [
    pytest.mark.boot,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had"),
]


@contextmanager
def served(address, platform, **link_choices):
    """A link and the machine at its end, once it serves."""
    name = GUESTS[address]
    with (
        RoutedLink(**link_choices) as link,
        unikernel.boot(
            build(name, platform),
            name=f"{name} {platform}",
            nets=link.nets,
            memory_mib=MEMORY_MIB,
            replace=True,
            wait="running",
            **choices(platform),
        ) as vm,
    ):
        vm.console.expect(multiline("^serving on .*\n"), timeout_s=ENDS_WITHIN_S)
        link.attach(address)
        yield link


def seconds(transfer, link, address):
    begun = time.monotonic()
    theirs, ours = transfer(link, BYTES, address)
    assert theirs == ours
    return time.monotonic() - begun


def transferred(address, platform, **link_choices):
    """Return the seconds down and up, and what was refused by either router."""
    with served(address, platform, **link_choices) as link:
        download(link, 1, address)  # the neighbours are known
        down = seconds(download, link, address)
        up = seconds(upload, link, address)
        return down, up, *link.refused(), link.retransmitted()


def named(path):
    address, middle, silent = path
    return f"{address}-{middle}-{'silent' if silent else 'told'}"


@pytest.mark.parametrize(("path", "platform"), in_turn(PATHS, named))
def test_a_small_link_in_the_middle(path, platform, record_property):
    address, middle, silent = path
    straight = transferred(address, platform, silent=silent)
    small = transferred(address, platform, middle=middle, silent=silent)
    for name, figures in (("straight", straight), ("small", small)):
        down, up, near, far, resent = figures
        summary = f"down {down:.3f} s, up {up:.3f} s, refused {near} and {far}, resent {resent}"
        record_property(name, summary)
        print(f"{address} {middle} silent {silent} {platform} {name}: {summary}")
    *_, near, far, resent = small
    assert straight[2:4] == (0, 0)
    assert 0 < near < 60, "the guest went on sending what does not fit"
    assert 0 < far < 60
    assert resent < BYTES // FULL_SEGMENT_BYTES // 4
