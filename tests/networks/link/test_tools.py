"""Real tools talk to a guest: ping and ping -6, dnsmasq's DHCP and DNS, curl."""

import re
import socket

import pytest
from support.guests.guest_programs import multiline
from support.networks.dnsmasq import NAME, NAMED, dnsmasq, needs_dnsmasq
from support.networks.impairment import GUEST, GUEST_V6, why_not
from support.networks.net_services import TRANSFER_BYTES, connect, read_all, served, some_bytes
from support.platforms import ONE_A_TARGET

LEASE = "10.9.0.77"

pytestmark = [
    pytest.mark.boot,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had"),
]


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_pings_of_all_sizes(platform):
    sizes = [*range(16, 64), 127, 1000, *range(1460, 1490), 2952, 4096, 9000, 32768, 65_500]
    script = f"for size; do ping -q -c 1 -W 5 -s $size {GUEST} || exit; done"
    with served(platform=platform) as (link, _):
        done = link.run("sh", "-c", script, "ping", *map(str, sizes), timeout_s=120, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(" 1 received") == len(sizes)


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_ping_checks_what_comes_back(platform):
    """ping compares the pattern, byte for byte."""
    with served(platform=platform) as (link, _):
        done = link.run("ping", "-c", "20", "-i", "0.01", "-s", "20000", "-p", "5aa5", GUEST)
    assert "wrong" not in done.stdout


@pytest.mark.parametrize("platform", ONE_A_TARGET)
@needs_dnsmasq
def test_dhcp_gives_an_address(platform):
    with served(platform=platform, arguments=("--dhcp",)) as (link, vm):
        options = (f"--dhcp-range={LEASE},{LEASE},1h", "--no-ping", "--port=0")
        with dnsmasq(link, *options):
            vm.console.expect(multiline(f"^serving on {re.escape(LEASE)}$"), timeout_s=30)
            stdout = link.run("ping", "-c", "20", "-i", "0.01", "-W", "5", LEASE).stdout
    assert " 0% packet loss" in stdout  # DHCP takes no frames any more


@pytest.mark.parametrize("platform", ONE_A_TARGET)
@needs_dnsmasq
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_names_are_resolved(transport, platform):
    prefix = "tcp/" if transport == "tcp" else ""
    question = f"{prefix}{NAME} {prefix}nothing.test\n"
    known = (f"--address=/{NAME}/{NAMED}", "--address=/nothing.test/")
    with (
        served(name="ocaml_net_names", platform=platform) as (link, _),
        dnsmasq(link, *known),
        connect(link, 53) as connection,
    ):
        connection.sendall(question.encode())
        answers = read_all(connection).decode().splitlines()
    assert answers[0] == NAMED
    assert "nothing.test" in answers[1]


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_ipv6(platform):
    with served(name="ocaml_net_ipv6", platform=platform) as (link, _):
        link.run("ping", "-6", "-c", "3", "-i", "0.2", "-s", "5000", GUEST_V6)
        with connect(link, 7, address=GUEST_V6) as connection:
            text = bytes(range(256)) * 400
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            assert read_all(connection) == text
        page = link.run("curl", "-sS", "--max-time", "20", f"http://[{GUEST_V6}]/")
        assert page.stdout == "<h1>Six</h1>"


@pytest.mark.parametrize("platform", ONE_A_TARGET)
@pytest.mark.parametrize("framing", ["sized", "chunked"])
def test_curl_has_what_it_sent_on_one_connection(framing, platform, tmp_path):
    """The guest answers with what was uploaded, twice, and curl connects once."""
    sent = tmp_path / "sent"
    sent.write_bytes(some_bytes(TRANSFER_BYTES))
    header = ("-H", "Transfer-Encoding: chunked") if framing == "chunked" else ()
    one = ("-sS", "--max-time", "300", *header, "-w", "%{http_code} %{num_connects}\n", "-T", sent)
    argv = [
        (*one, f"http://{GUEST}/{name}", "-o", tmp_path / name, "--next") for name in ("a", "b")
    ]
    with served(name="ocaml_net_http", platform=platform) as (link, _):
        done = link.run("curl", *argv[0], *argv[1][:-1], timeout_s=600, check=False)
    assert done.stdout.splitlines() == ["200 1", "200 0"], done.stderr
    for name in ("a", "b"):
        assert (tmp_path / name).read_bytes() == sent.read_bytes()
