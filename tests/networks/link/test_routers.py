"""A guest among routers and neighbours: radvd advertises to it, and frames ask it by hand."""

import contextlib
import ipaddress
import re
import shutil
import signal
import socket
import time

import pytest
from support import debian_tools
from support.guests.guest_programs import ENDS_WITHIN_S, multiline
from support.networks.guest_network import Wire, booted
from support.networks.impairment import GUEST_V6, HOST_V6, why_not
from support.networks.net_services import connect, read_all, served
from support.platforms import ABOVE_DEVICES, ABOVE_STACKS, in_turn

GUEST_NAME = "ocaml_net_ipv6"
OUTSIDE = "2001:db8:9::9"
OLD, NEW = "fd0a::/64", "fd0b::/64"
CONFIGURATION = """
interface host {{
    AdvSendAdvert on;
    MinRtrAdvInterval 3;
    MaxRtrAdvInterval 4;
    AdvDefaultLifetime 60;
    {prefixes}
    RDNSS {server} {{ AdvRDNSSLifetime 60; }};
}};
"""
PREFIX = """
    prefix {prefix} {{ AdvValidLifetime 300; AdvPreferredLifetime {preferred_s}; }};
"""
# MLDv2, a general query; RFC 3810, section 5.1.
GENERAL_QUERY = bytes.fromhex(
    "33330000000102aa0000000186dd6000000000240001fe800000000000000000000000000001ff02000000000000"
    "00000000000000013a00050200000100820079be03e8000000000000000000000000000000000000027d0000"
)
# For fd09::2, from fd09::99, without its link-layer address; RFC 4861, section 7.2.4.
SOLICITATION = bytes.fromhex(
    "52540000000102aa0000000186dd6000000000183afffd090000000000000000000000000099fd09000000000000"
    "0000000000000002870080f200000000fd090000000000000000000000000002"
)
STATION = bytes.fromhex("02aa00000001")
ASKER, ASKED = (ipaddress.IPv6Address(ip).packed for ip in ("fd09::99", "fd09::2"))
SOLICIT, ADVERTISE, REPORT = 135, 136, 143
EXISTING_STATE = 2
ROUTER, SOLICITED = 0x80, 0x40
NEXT_HEADER, SOURCE, PAYLOAD = 20, slice(22, 38), 54

pytestmark = pytest.mark.boot
SWITCH = """
ip link add switch type bridge mcast_snooping 1 mcast_querier 1 mcast_mld_version {version} \\
    mcast_query_interval 100 mcast_startup_query_interval 50 mcast_query_response_interval 50 \\
    mcast_membership_interval 300
echo 0 >/proc/sys/net/ipv6/conf/switch/accept_dad
ip -6 address flush dev host
ip link set host master switch
ip -6 address add {address}/64 dev switch nodad
ip link set switch up
"""
needs_bridge = pytest.mark.skipif(
    not shutil.which("bridge"), reason="bridge is not installed: apt-get install iproute2"
)
needs_link = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had")


class Radvd:
    """radvd at the host's end of a link, with what it advertises."""

    def __init__(self, link, folder):
        self._program = debian_tools.program("radvd", "/usr/sbin/radvd")
        self._link = link
        self._folder = folder
        self._process = None

    def advertise(self, **prefixes):
        """Advertise these prefixes, each with its preferred lifetime."""
        text = "".join(
            PREFIX.format(prefix=prefix, preferred_s=preferred_s)
            for prefix, preferred_s in prefixes.items()
        )
        configuration = self._folder / "radvd.conf"
        configuration.write_text(CONFIGURATION.format(prefixes=text, server=HOST_V6))
        if self._process:
            self._process.send_signal(signal.SIGHUP)
        else:
            self._process = self._start(configuration)

    def _start(self, configuration):
        self._link.run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding")
        files = ("-C", configuration, "-p", self._folder / "radvd.pid")
        argv = (self._program.path, "--nodaemon", "--logmethod", "stderr", *files)
        with (self._folder / "radvd.log").open("wb") as log:
            return self._link.start(*argv, env=self._program.env, stderr=log)

    def withdraw(self):
        """End; its last words take everything back."""
        self._process.terminate()
        self._process.wait(ENDS_WITHIN_S)


@pytest.fixture
def advertised(request, tmp_path):
    """A link, its guest's interface identifier, and a router that does not advertise yet."""
    with (
        served(name=GUEST_NAME, platform=request.param) as (link, _),
        contextlib.ExitStack() as exit_stack,
    ):
        link.run("ip", "-6", "address", "add", f"{OUTSIDE}/128", "dev", "lo")
        for prefix in (OLD, NEW):
            link.run("ip", "-6", "route", "add", prefix, "dev", "host")
        router = Radvd(link, tmp_path)
        exit_stack.callback(lambda: router._process and router.withdraw())
        yield link, interface_id(link), router


def interface_id(link):
    """Return the modified EUI-64 of the guest's station (RFC 4291, appendix A)."""
    link.run("ping", "-6", "-c", "1", "-W", "10", GUEST_V6)
    known = link.run("ip", "-6", "neighbour", "show", GUEST_V6).stdout
    mac = bytes.fromhex(re.search(r"lladdr (\S+)", known)[1].replace(":", ""))
    return int.from_bytes(bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:])


def address(prefix, identifier):
    return str(ipaddress.IPv6Network(prefix)[identifier])


def answers(link, target, source=None):
    argv = ("-I", source) if source else ()
    command = ("ping", "-6", "-n", "-c", "1", "-W", "1", *argv, target)
    return link.run(*command, check=False).returncode == 0


def until(condition):
    """Wait, with a second of ping's in each turn."""
    end_s = time.monotonic() + ENDS_WITHIN_S
    while not condition():
        assert time.monotonic() < end_s, "it never came to be"


def name_servers(link):
    with connect(link, 53, address=GUEST_V6) as connection:
        return read_all(connection).decode().split()


@needs_link
@pytest.mark.parametrize("advertised", ABOVE_STACKS, indirect=True)
def test_addresses_and_routes_come_and_go_with_a_router(advertised):
    link, identifier, router = advertised
    assert not answers(link, address(OLD, identifier))
    assert not answers(link, GUEST_V6, OUTSIDE)
    assert name_servers(link) == []
    router.advertise(**{OLD: 120})
    until(lambda: answers(link, address(OLD, identifier)))
    assert answers(link, GUEST_V6, OUTSIDE)
    assert name_servers(link) == [HOST_V6]
    router.advertise(**{OLD: 0, NEW: 120})
    until(lambda: answers(link, address(NEW, identifier)))
    assert answers(link, address(OLD, identifier)), "an old prefix ended at once"
    router.withdraw()
    until(lambda: not answers(link, GUEST_V6, OUTSIDE))
    assert answers(link, address(NEW, identifier))
    assert name_servers(link) == []


@needs_link
@needs_bridge
@pytest.mark.parametrize(("version", "platform"), in_turn([1, 2]))
def test_a_snooping_switch_goes_on_to_reach_the_guest(version, platform):
    """A switch that queries each second, and forgets after three who does not report."""
    with served(name=GUEST_NAME, platform=platform) as (link, _):
        link.run("sh", "-ec", SWITCH.format(version=version, address=HOST_V6))
        link.run("ping", "-6", "-q", "-c", "7", "-i", "1", GUEST_V6)
        known = link.run("bridge", "mdb", "show").stdout
        link.run("ip", "-6", "neighbour", "flush", "dev", "switch")
        assert answers(link, GUEST_V6), "its group's frames do not reach it"
    assert re.search("port host grp ff02::1:ff00:2 ", known)


def icmp(frame):
    """Return type and body of the ICMPv6 message in a frame; None if there is none."""
    at = PAYLOAD
    header = frame[NEXT_HEADER]
    if header == socket.IPPROTO_HOPOPTS:
        header, at = frame[at], at + 8 * (frame[at + 1] + 1)
    return (frame[at], frame[at:]) if header == socket.IPPROTO_ICMPV6 else None


def receive(wire, wanted):
    """Return the first message of this type for which the condition holds."""
    kind, holds = wanted
    while True:
        message = icmp(wire.receive())
        if message and message[0] == kind and holds(message[1]):
            return message[1]


@contextlib.contextmanager
def wired(platform):
    with Wire() as wire, booted(GUEST_NAME, {"service": wire}, platform=platform) as vm:
        vm.console.expect(multiline("^serving on .*\n"), timeout_s=ENDS_WITHIN_S)
        yield wire


@pytest.mark.parametrize("platform", ABOVE_DEVICES)
def test_a_querier_hears_of_the_groups(platform):
    """Behind a switch that listens to reports, who sends none is cut off (RFC 4541)."""
    with wired(platform) as wire:
        wire.send(GENERAL_QUERY)
        report = receive(wire, (REPORT, lambda body: body[8] == EXISTING_STATE))
    groups = {report[12 + 20 * n : 28 + 20 * n] for n in range(report[7])}
    assert ipaddress.IPv6Address("ff02::1:ff00:2").packed in groups


@pytest.mark.parametrize("platform", ABOVE_DEVICES)
def test_who_asks_without_its_station_is_asked_for_it(platform):
    with wired(platform) as wire:
        wire.send(SOLICITATION)
        receive(wire, (SOLICIT, lambda body: body[8:24] == ASKER))
        wire.send(advertisement(ASKER, ASKED))
        answer = receive(wire, (ADVERTISE, lambda body: body[4] & SOLICITED))
    assert answer[8:24] == ASKED
    assert not answer[4] & ROUTER


def advertisement(about, to):
    """Return the frame of a solicited neighbour advertisement."""
    option = bytes((2, 1)) + STATION
    body = bytes((ADVERTISE, 0, 0, 0, 0x60, 0, 0, 0)) + about + option
    pseudo_header = about + to + len(body).to_bytes(4) + bytes((0, 0, 0, socket.IPPROTO_ICMPV6))
    body = body[:2] + checksum(pseudo_header + body).to_bytes(2) + body[4:]
    header = bytes((0x60, 0, 0, 0)) + len(body).to_bytes(2) + bytes((socket.IPPROTO_ICMPV6, 255))
    return SOLICITATION[:6] + STATION + b"\x86\xdd" + header + about + to + body


def checksum(data):
    total = sum(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
