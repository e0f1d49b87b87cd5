"""DHCP servers that people run give a guest its address: dnsmasq, busybox udhcpd, ISC dhcpd.

Their leases are as short as they can be, so that a guest renews them while it is tested.
"""

import contextlib
import re
import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from support import debian_tools
from support.guests.guest_programs import ENDS_WITHIN_S, multiline
from support.networks.dnsmasq import NAME, NAMED, dnsmasq, needs_dnsmasq
from support.networks.impairment import HOST, why_not
from support.networks.net_services import connect, read_all, served, upload
from support.platforms import ABOVE_STACKS, MOST_TRIED

LEASE, NEXT_LEASE = "10.9.0.77", "10.9.0.78"
ABSENT_ROUTER, ELSEWHERE = "10.9.0.250", "192.0.2.1"
LEASE_S = 8
PATIENCE_S = 120

pytestmark = [
    pytest.mark.boot,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had"),
]

# Option 121 says 0.0.0.0/0 by the host; option 3, which then does not count, nobody.
UDHCPD = f"""
start {{address}}
end {{address}}
interface host
max_leases 1
lease_file {{folder}}/leases
pidfile {{folder}}/pid
min_lease 5
option subnet 255.255.255.0
option router {ABSENT_ROUTER}
option staticroutes 0.0.0.0/0 {HOST}
option dns {HOST}
option lease {LEASE_S}
"""

DHCPD = f"""
authoritative;
ping-check false;
default-lease-time {LEASE_S};
max-lease-time {LEASE_S};
option classless code 121 = array of integer 8;
subnet 10.9.0.0 netmask 255.255.255.0 {{{{
  range {{address}} {{address}};
  option routers {ABSENT_ROUTER};
  option classless 0, {HOST.replace(".", ", ")};
  option domain-name-servers {HOST};
}}}}
"""


@contextlib.contextmanager
def ended(process):
    """A process that says what it does on its standard error, into a file."""
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=ENDS_WITHIN_S)


def udhcpd(folder, link, address):
    busybox = shutil.which("busybox") or debian_tools.program("busybox-static", "/bin/busybox").path
    config = folder / "udhcpd.conf"
    config.write_text(UDHCPD.format(address=address, folder=folder))
    (folder / "leases").write_bytes(b"")
    with (folder / "log").open("a") as log:
        return ended(link.start(busybox, "udhcpd", "-f", config, stderr=log))


def dhcpd(folder, link, address):
    server = debian_tools.program("isc-dhcp-server", "/usr/sbin/dhcpd")
    config, leases = folder / "dhcpd.conf", folder / "leases"
    config.write_text(DHCPD.format(address=address))
    leases.write_bytes(b"")
    argv = ("-4", "-f", "-d", "--no-pid", "-cf", config, "-lf", leases, "host")
    with (folder / "log").open("a") as log:
        return ended(link.start(server.path, *argv, stderr=log, env=server.env))


SERVERS = {"udhcpd": udhcpd, "ISC dhcpd": dhcpd}


def each_once(*servers):
    """Try each platform with one of the servers: what differs between platforms is far from DHCP.

    Both at the same time, as a lease only takes time: test(server, platform, folder), where
    server(link, address) starts one that gives one address.
    """

    def decorate(test):
        def both(tmp_path):
            with ThreadPoolExecutor() as threads:
                asked = []
                for name, platform in zip(servers, MOST_TRIED, strict=True):
                    folder = tmp_path / platform
                    folder.mkdir()
                    server = partial(SERVERS[name], folder)
                    asked.append(threads.submit(test, server, platform, folder))
            for each in asked:
                each.result()

        both.__doc__ = test.__doc__
        return both

    return decorate


def wait_for(what, condition):
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.2)


def answers(link, address):
    """Whether the guest answers at an address."""
    done = link.run("ping", "-c", "1", "-W", "1", address, check=False)
    return " 1 received" in done.stdout


@each_once("udhcpd", "ISC dhcpd")
def test_short_leases_are_renewed(server, platform, folder):
    """A connection outlives two leases; the route of option 121 is used."""
    with (
        served(platform=platform, arguments=("--dhcp",)) as (link, vm),
        server(link, LEASE),
    ):
        link.run("ip", "address", "add", f"{ELSEWHERE}/32", "dev", "lo")
        vm.console.expect(multiline(f"^serving on {re.escape(LEASE)}$"), timeout_s=PATIENCE_S)
        began = time.monotonic()
        with connect(link, 10, address=LEASE) as connection:
            while time.monotonic() - began < 2.5 * LEASE_S:
                connection.sendall(b"x" * 100)
                link.run("ping", "-c", "1", "-W", "5", "-I", ELSEWHERE, LEASE)
                time.sleep(0.5)
            connection.shutdown(socket.SHUT_WR)
            assert int(read_all(connection).split()[0]) > 100
        log = (folder / "log").read_text()
        assert len(re.findall("DHCPACK|sending ACK", log, re.IGNORECASE)) >= 3


@each_once("ISC dhcpd", "udhcpd")
def test_an_address_that_is_taken_back_is_left(server, platform, folder):
    """The server comes back with another address, and refuses the one that it gave."""
    with served(platform=platform, arguments=("--dhcp",)) as (link, vm):
        with server(link, LEASE):
            vm.console.expect(multiline(f"^serving on {re.escape(LEASE)}$"), timeout_s=PATIENCE_S)
        with server(link, NEXT_LEASE):
            wait_for("the new address", lambda: answers(link, NEXT_LEASE))
            assert not answers(link, LEASE)
            sent, received = upload(link, 10_000, address=NEXT_LEASE)
    assert sent == received


@each_once("udhcpd", "ISC dhcpd")
def test_an_address_whose_lease_is_over_is_left(server, platform, folder):
    with served(platform=platform, arguments=("--dhcp",)) as (link, vm):
        with server(link, LEASE):
            vm.console.expect(multiline(f"^serving on {re.escape(LEASE)}$"), timeout_s=PATIENCE_S)
        wait_for("the end of the lease", lambda: not answers(link, LEASE))
        with server(link, LEASE):
            wait_for("the address again", lambda: answers(link, LEASE))


@pytest.mark.parametrize("platform", ABOVE_STACKS)
def test_an_address_in_use_is_declined(platform, tmp_path):
    """The host has the only address there is, and then gives it up."""
    with served(platform=platform, arguments=("--dhcp",)) as (link, vm):
        link.run("ip", "address", "add", f"{LEASE}/32", "dev", "host")
        with dhcpd(tmp_path, link, LEASE):
            declined = f"DHCPDECLINE of {LEASE}"
            wait_for(declined, lambda: declined in (tmp_path / "log").read_text())
            assert "serving on" not in vm.console.text
            link.run("ip", "address", "delete", f"{LEASE}/32", "dev", "host")
            vm.console.expect(multiline(f"^serving on {re.escape(LEASE)}$"), timeout_s=PATIENCE_S)


@pytest.mark.parametrize("platform", ABOVE_STACKS)
@needs_dnsmasq
def test_the_name_servers_of_dhcp_are_asked(platform):
    options = (f"--dhcp-range={LEASE},{LEASE},2m", "--no-ping", f"--address=/{NAME}/{NAMED}")
    with (
        served(name="ocaml_net_names", platform=platform, arguments=("--dhcp",)) as (link, vm),
        dnsmasq(link, *options),
    ):
        vm.console.expect(multiline("^serving on .*$"), timeout_s=PATIENCE_S)
        with connect(link, 53, address=LEASE) as connection:
            connection.sendall(f"told/{NAME}\n".encode())
            assert read_all(connection).decode() == NAMED


@pytest.mark.parametrize("platform", ABOVE_STACKS)
@needs_dnsmasq
def test_dnsmasq_gives_another_address(platform):
    """dnsmasq refuses an address that its range no longer has."""

    def gives(address, *more):
        return (f"--dhcp-range={address},{address},2m", "--dhcp-authoritative", "--no-ping", *more)

    with served(platform=platform, arguments=("--dhcp",)) as (link, vm):
        with dnsmasq(link, *gives(LEASE, "--dhcp-option=option:T1,4"), "--port=0"):
            vm.console.expect(multiline(f"^serving on {re.escape(LEASE)}$"), timeout_s=PATIENCE_S)
        with dnsmasq(link, *gives(NEXT_LEASE), "--port=0"):
            wait_for("the new address", lambda: answers(link, NEXT_LEASE))
            assert not answers(link, LEASE)


def test_the_servers_say_what_was_wrong_with_their_words(tmp_path):
    """A configuration that dhcpd does not take would be a test of nothing."""
    server = debian_tools.program("isc-dhcp-server", "/usr/sbin/dhcpd")
    config = tmp_path / "dhcpd.conf"
    config.write_text(DHCPD.format(address=LEASE))
    done = subprocess.run(
        [server.path, "-4", "-t", "-cf", config],
        env=server.env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
