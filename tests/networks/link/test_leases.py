"""A guest that lends addresses, and DHCP clients that people run: busybox udhcpc, ISC dhclient."""

import re
import shutil
import signal
import subprocess

import pytest
from support import debian_tools
from support.guests.guest_programs import multiline
from support.networks.impairment import why_not
from support.networks.net_services import served
from support.platforms import ABOVE_STACKS

PATIENCE_S = 60
FIXED_MAC, FIXED = "02:00:00:00:00:33", "10.9.0.33"
# Releases and renewals leave from the address itself.
TOLD = """#!/bin/sh
case "$1" in
bound | renew)
  ip address replace "$ip/24" dev host
  echo "$1 $ip $subnet $router $dns $domain $lease" ;;
esac
"""

pytestmark = [
    pytest.mark.boot,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had"),
]


@pytest.fixture(params=ABOVE_STACKS)
def lending(request):
    with served(name="ocaml_net_leases", platform=request.param) as given:
        yield given


@pytest.fixture
def udhcpc(tmp_path):
    """The command line of busybox's client, which prints what it was told."""
    busybox = shutil.which("busybox") or debian_tools.program("busybox-static", "/bin/busybox").path
    script = tmp_path / "told"
    script.write_text(TOLD)
    script.chmod(0o755)
    return (str(busybox), "udhcpc", "-i", "host", "-n", "-f", "-s", str(script))


def told(link, *command):
    """Have a client get a lease; return what it was told, word by word."""
    (line,) = re.findall(r"^bound (.*)$", link.run(*command).stdout, re.MULTILINE)
    return line.split()


def test_udhcpc_gets_the_same_lease_again_and_gives_it_back(lending, udhcpc):
    link, vm = lending
    address, *options = told(link, *udhcpc, "-q")
    assert re.fullmatch(r"10\.9\.0\.1[01]\d", address)
    assert options == ["255.255.255.0", "10.9.0.254", "10.9.0.2", "example.org", "8"]
    assert told(link, *udhcpc, "-q", "-r", "10.9.0.119")[0] == address
    with link.start(*udhcpc, stdout=subprocess.DEVNULL) as client:
        try:
            vm.console.expect(
                multiline(r"^DHCPACK (\S+)\nDHCPACK \1\n"), timeout_s=PATIENCE_S
            )  # a renewal
            client.send_signal(signal.SIGUSR2)  # give it back
            vm.console.expect(multiline("^update$"), timeout_s=PATIENCE_S)
        finally:
            client.terminate()
    assert told(link, *udhcpc, "-q", "-r", "10.9.0.119")[0] == "10.9.0.119"


def test_a_known_host_gets_its_own_address(lending, udhcpc):
    link, _ = lending
    link.run("ip", "link", "set", "host", "address", FIXED_MAC)
    assert told(link, *udhcpc, "-q")[0] == FIXED


def test_dhclient_gets_a_lease_and_renews_it(lending, tmp_path):
    """Twice: the lease of the first renewal is one that is renewed as well."""
    link, vm = lending
    client = debian_tools.program("isc-dhcp-client", "/sbin/dhclient")
    files = ("-lf", str(tmp_path / "leases"), "-pf", str(tmp_path / "pid"))
    command = (str(client.path), "-1", "-d", "-4", "-sf", "/bin/true", *files, "host")
    with link.start(*command, env=client.env, stderr=subprocess.DEVNULL) as process:
        try:
            renewed = multiline(r"^DHCPACK (\S+)\nDHCPACK \1\nDHCPACK \1$")
            vm.console.expect(renewed, timeout_s=PATIENCE_S)
        finally:
            process.terminate()
    lease = (tmp_path / "leases").read_text()
    assert re.search(r"fixed-address 10\.9\.0\.1[01]\d;", lease)
    assert "option routers 10.9.0.254;" in lease
    assert "option dhcp-renewal-time 4;" in lease
