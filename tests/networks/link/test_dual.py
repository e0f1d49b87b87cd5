"""A guest with one stack for IPv4 and IPv6 at the end of a link."""

import ipaddress
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from support import debian_tools
from support.guests.guest_programs import multiline
from support.networks.dnsmasq import dnsmasq, needs_dnsmasq
from support.networks.impairment import GUEST, GUEST_V6, HOST, HOST_V6, why_not
from support.networks.net_services import connect, read_all, served, some_bytes
from support.platforms import ABOVE_STACKS

NAME = "ocaml_net_dual"
BOTH = pytest.mark.parametrize("address", [GUEST, GUEST_V6], ids=["IPv4", "IPv6"])
WITH_IPV6 = f"--ipv6={GUEST_V6}/64"
ERRANDS = 10
TEXT_BYTES = 400_000

pytestmark = [
    pytest.mark.boot,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had"),
    pytest.mark.parametrize("platform", ABOVE_STACKS),
]


@contextmanager
def dual(platform, *arguments):
    with served(name=NAME, platform=platform, arguments=arguments or (WITH_IPV6,)) as (link, vm):
        yield link, vm


def echoed(link, address):
    text = some_bytes(TEXT_BYTES)
    with connect(link, 7, address=address) as connection:
        got = bytearray()
        for start in range(0, len(text), 1 << 14):
            connection.sendall(text[start : start + (1 << 14)])
            got += connection.recv(1 << 16)
        connection.shutdown(socket.SHUT_WR)
        got += read_all(connection)
    return bytes(got) == text


def page(link, family):
    address = {"-4": GUEST, "-6": f"[{GUEST_V6}]"}[family]
    return link.run("curl", family, "-sS", "--max-time", "20", f"http://{address}/").stdout


def errand(link, address, port, text):
    """Have the guest send a text somewhere; return what came back to it."""
    with connect(link, ERRANDS) as connection:
        connection.sendall(f"{address} {port} {text}\n".encode())
        return read_all(connection).decode()


def test_one_listener_serves_both_families(platform):
    with dual(platform) as (link, _):
        assert [page(link, family) for family in ("-4", "-6")] == ["<h1>Ten</h1>"] * 2
        assert echoed(link, GUEST)
        assert echoed(link, GUEST_V6)
        link.run("ping", "-4", "-c", "2", "-i", "0.2", "-s", "5000", GUEST)
        link.run("ping", "-6", "-c", "2", "-i", "0.2", "-s", "5000", GUEST_V6)


@BOTH
def test_datagrams(platform, address):
    with dual(platform) as (link, _), link.host():
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as asker:
            asker.settimeout(20)
            for size in (1, 1400, 4000):
                asker.sendto(bytes(size), (address, 7))
                assert asker.recv(5000) == bytes(size)
            asker.connect((address, 4242))
            asker.send(b"nobody")
            with pytest.raises(ConnectionRefusedError):
                asker.recv(1)


@pytest.mark.parametrize("address", [HOST, HOST_V6], ids=["IPv4", "IPv6"])
def test_the_guest_connects(platform, address):
    with dual(platform) as (link, _), link.host():
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.create_server((address, 7000), family=family) as server:
            server.settimeout(60)
            with connect(link, ERRANDS) as asker:
                asker.sendall(f"{address} 7000 hello\n".encode())
                connection, (peer, *_) = server.accept()
                with connection:
                    assert peer == (GUEST_V6 if ":" in address else GUEST)
                    assert connection.recv(100) == b"hello"
                    connection.sendall(b"and back")
                assert read_all(asker) == b"and back"


def test_what_nobody_listens_to_is_refused_at_once(platform):
    with dual(platform) as (link, _):
        for address in (HOST, HOST_V6):
            assert "refused" in errand(link, address, 7001, "hello")


def test_ipv4_alone(platform):
    with dual(platform, "--ipv4-only") as (link, vm):
        assert page(link, "-4") == "<h1>Ten</h1>"
        assert ":" not in vm.console.text.partition("serving on ")[2].partition("\n")[0]
        assert "no IPv6" in errand(link, HOST_V6, 7001, "hello")


def test_ipv6_alone(platform):
    with dual(platform, "--ipv6-only", WITH_IPV6) as (link, vm):
        assert page(link, "-6") == "<h1>Ten</h1>"
        assert "10.9" not in vm.console.text
        done = link.run("ping", "-4", "-c", "1", "-W", "1", GUEST, check=False)
        assert done.returncode


RADVD = f"""
interface host {{
    AdvSendAdvert on;
    MinRtrAdvInterval 3;
    MaxRtrAdvInterval 4;
    prefix fd0a::/64 {{ AdvOnLink on; AdvAutonomous on; }};
    RDNSS {HOST_V6} {{ AdvRDNSSLifetime 60; }};
}};
"""


@contextmanager
def radvd(link, folder):
    """A router that announces fd0a::/64 at the host's end."""
    tool = debian_tools.program("radvd", "/usr/sbin/radvd")
    (folder / "radvd.conf").write_text(RADVD)
    link.run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding")
    link.run("ip", "-6", "address", "add", "fd0a::1/64", "dev", "host", "nodad")
    argv = ("-n", "-m", "stderr", "-u", "root", "-C", folder / "radvd.conf")
    process = link.start(tool.path, *argv, "-p", folder / "pid", env=tool.env)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def announced_address(link):
    """Return the address that the guest makes itself from the announced prefix."""
    link.run("ping", "-4", "-c", "1", "-W", "5", GUEST)
    stdout = link.run("ip", "neighbour", "show", GUEST).stdout
    mac = [int(byte, 16) for byte in re.search(r"lladdr (\S+)", stdout)[1].split(":")]
    mac[0] ^= 2
    identifier = bytes([*mac[:3], 0xFF, 0xFE, *mac[3:]])
    return str(ipaddress.IPv6Address(bytes.fromhex("fd0a000000000000") + identifier))


def answers_within(link, address, timeout_s):
    argv = ("ping", "-6", "-c", "1", "-W", "1", address)
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if not link.run(*argv, check=False).returncode:
            return True
    return False


def test_a_router_announces_the_address(platform, tmp_path):
    with dual(platform) as (link, _), radvd(link, tmp_path):
        address = announced_address(link)
        assert answers_within(link, address, 60)
        done = link.run("curl", "-6", "-sS", "--max-time", "20", f"http://[{address}]/")
        assert done.stdout == "<h1>Ten</h1>"


def test_a_guest_that_does_not_listen_to_routers(platform, tmp_path):
    deaf = "--accept-router-advertisements=false"
    with dual(platform, deaf, WITH_IPV6) as (link, _), radvd(link, tmp_path):
        assert answers_within(link, GUEST_V6, 60)
        assert not answers_within(link, announced_address(link), 9)


LEASE = "10.9.0.77"


@needs_dnsmasq
def test_a_lease_that_comes_late(platform):
    """There is IPv6 before, and IPv4 from then on."""
    with dual(platform, "--dhcp", WITH_IPV6) as (link, vm):
        vm.console.expect(multiline("^serving on [^.\n]*$"), timeout_s=60)
        assert page(link, "-6") == "<h1>Ten</h1>"
        with dnsmasq(link, f"--dhcp-range={LEASE},{LEASE},1h", "--no-ping", "--port=0"):
            vm.console.expect(f"the address is now {LEASE}", timeout_s=60)
            link.run("ping", "-4", "-c", "2", "-W", "5", LEASE)
            assert page(link, "-6") == "<h1>Ten</h1>"
            done = link.run("curl", "-sS", "--max-time", "20", f"http://{LEASE}/")
            assert done.stdout == "<h1>Ten</h1>"


# ---- names


SITE = "site.test"
SERVER = """
import http.server, socket, sys
class Server(http.server.HTTPServer):
    address_family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = ("to " + sys.argv[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = Server((sys.argv[1], 80), Handler)
print("ready", flush=True)
server.serve_forever()
"""


@contextmanager
def site(link, address):
    """A web server at the host's end that says at which address it was asked."""
    argv = (sys.executable, "-c", SERVER, address)
    process = link.start(*argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.kill()
        process.communicate(timeout=60)


@contextmanager
def fetching(platform, *arguments):
    arguments = (WITH_IPV6, *arguments)
    with served(name="ocaml_net_fetch", platform=platform, arguments=arguments) as (link, _):
        yield link


def fetched(link, uri, address=GUEST):
    with connect(link, ERRANDS, timeout_s=120, address=address) as connection:
        connection.sendall(f"{uri}\n".encode())
        return read_all(connection).decode()


def answers_until(expected, link, uri, address, timeout_s=60):
    """Fetch until the answer is as expected, or time is up; return the answers."""
    deadline = time.monotonic() + timeout_s
    answers = [fetched(link, uri, address)]
    while answers[-1] != expected and time.monotonic() < deadline:
        answers.append(fetched(link, uri, address))
    return answers


def named(*addresses):
    """What dnsmasq knows."""
    return tuple(f"--address=/{SITE}/{address}" for address in addresses)


@needs_dnsmasq
def test_a_name_is_fetched_over_ipv6_first(platform):
    """The name server is the one that DHCP tells of."""
    with (
        fetching(platform, "--dhcp") as link,
        dnsmasq(link, f"--dhcp-range={GUEST},{GUEST},1h", "--no-ping", *named(HOST, HOST_V6)),
        site(link, HOST),
        site(link, HOST_V6),
    ):
        assert answers_within(link, GUEST_V6, 60)
        assert fetched(link, f"http://{SITE}/", GUEST_V6) == f"to {HOST_V6}"
        assert fetched(link, f"http://{HOST}/", GUEST_V6) == f"to {HOST}"
        assert "nobody.test" in fetched(link, "http://nobody.test/", GUEST_V6)


@needs_dnsmasq
def test_a_router_tells_of_the_name_server(platform, tmp_path):
    with (
        fetching(platform, "--ipv6-only") as link,
        radvd(link, tmp_path),
        dnsmasq(link, *named(HOST, HOST_V6)),
        site(link, HOST_V6),
    ):
        assert answers_within(link, GUEST_V6, 60)
        answers = answers_until(f"to {HOST_V6}", link, f"http://{SITE}/", GUEST_V6)
        assert answers[-1] == f"to {HOST_V6}", answers


@needs_dnsmasq
@pytest.mark.parametrize("resolver", [HOST, HOST_V6], ids=["IPv4", "IPv6"])
def test_a_word_says_which_name_server_is_asked(platform, resolver):
    with (
        fetching(platform, f"--resolver={resolver}") as link,
        dnsmasq(link, *named(HOST, HOST_V6)),
        site(link, HOST),
        site(link, HOST_V6),
    ):
        assert answers_within(link, GUEST_V6, 60)
        assert fetched(link, f"http://{SITE}/") in {f"to {HOST}", f"to {HOST_V6}"}


@needs_dnsmasq
@pytest.mark.parametrize(
    "addresses", [(HOST, HOST_V6), (HOST, "fd09::77"), (HOST,)], ids=["refused", "absent", "none"]
)
def test_a_name_whose_ipv6_is_dead_is_fetched_over_ipv4(platform, addresses):
    with (
        fetching(platform, f"--resolver={HOST}") as link,
        dnsmasq(link, *named(*addresses)),
        site(link, HOST),
    ):
        assert answers_within(link, GUEST_V6, 60)
        assert fetched(link, f"http://{SITE}/") == f"to {HOST}"


@needs_dnsmasq
def test_a_name_whose_ipv4_is_dead_is_fetched_over_ipv6(platform):
    with (
        fetching(platform, f"--resolver={HOST_V6}") as link,
        dnsmasq(link, *named("10.9.0.77", HOST_V6)),
        site(link, HOST_V6),
    ):
        assert answers_within(link, GUEST_V6, 60)  # its address is found to be nobody else's
        assert fetched(link, f"http://{SITE}/") == f"to {HOST_V6}"
