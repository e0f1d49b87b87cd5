"""The applications in the box, with the tools people use: iperf3, curl, sockets."""

import json
import re
import shutil
import socket
import subprocess
from contextlib import contextmanager

import pytest
from support.guests.guest_programs import ENDS_WITHIN_S, multiline
from support.platforms import ABOVE_DEVICES, choices, target_of

import unikernel
from unikernel.model.port_forward import Forward
from unikernel.networks.ports import free

pytestmark = pytest.mark.boot

MORE_THAN_FITS = 64 << 20  # bytes, in a guest of the default memory
STALLED_S = 5

IPERF3 = """
module Iperf3 = Iperf3.Make (OS.Time) (Mclock) (Stack)
let start stack = Iperf3.serve stack
"""
IPERF3_CLIENT = """
module Iperf3 = Iperf3.Make (OS.Time) (Mclock) (Stack)
let start stack = Iperf3.client stack (Iperf3_keys.request ())
"""
SERVICES = """
module Services = Small_services.Make (Stack)
let start stack = print_endline "ready"; Services.serve stack
"""
COHTTP = """
module Main (Conduit : Conduit_mirage.S) (Resolver : Resolver_lwt.S)
    (Http : Cohttp_lwt.S.Server) = struct
  let start conduit resolver http =
    let ctx = Cohttp_mirage.Client.ctx resolver conduit in
    let callback _ request _ =
      let resource = Cohttp.Request.resource request in
      if resource <> "/fetch" then Http.respond_string ~status:`OK ~body:resource ()
      else
        let address = Uri.of_string ("http://10.0.2.2:" ^ List.hd (Boot_keys.arguments ())) in
        Lwt.bind (Cohttp_mirage.Client.get ~ctx address) (fun (_, body) ->
            Http.respond ~status:`OK ~body ())
    in
    print_endline "ready";
    http (`TCP 80) (Http.make ~callback ())
end
"""
TIME_S = 1
RATE_BITS = 4_000_000
ECHO, DISCARD, CHARGEN = 7, 9, 19
LINE = 74  # bytes of a line of the character generator

needs_iperf3 = pytest.mark.skipif(
    not shutil.which("iperf3"), reason="iperf3 is not installed: apt-get install iperf3"
)


@pytest.fixture(scope="module", params=ABOVE_DEVICES)
def platform(request):
    return request.param


def boot(source, platform, package, name, **spec):
    image = unikernel.build(
        source, name=name, target=target_of(platform), packages=[package], nets=["service"]
    )
    spec |= choices(platform) | {"replace": True, "memory_mib": 64, "timeout_s": ENDS_WITHIN_S}
    return unikernel.boot(image, **spec)


# ---- iperf3


@pytest.fixture(scope="module")
def iperf3_port(platform):
    """A guest's server, at the same port of this host for TCP and UDP."""
    port = free(Forward(0, 5201)).host_port
    ports = [f"{port}:5201", f"{port}:5201/udp"]
    with boot(IPERF3, platform, "unikernel-apps.iperf3", "iperf3", ports=ports) as vm:
        vm.console.expect("listening on port 5201", timeout_s=ENDS_WITHIN_S)
        yield port


def iperf3(port, *flags):
    """Run a client; return the end of its report."""
    command = ["iperf3", "-J", "-c", "127.0.0.1", "-p", str(port), "-t", str(TIME_S), *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=ENDS_WITHIN_S)
    report = json.loads(done.stdout)
    assert "error" not in report, report["error"]
    return report["end"]


@needs_iperf3
@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize("direction", [(), ("-R",), ("--bidir",)], ids=["to", "from", "both"])
def test_iperf3_over_tcp(iperf3_port, direction, parallel):
    end = iperf3(iperf3_port, "-P", str(parallel), *direction)
    assert len(end["streams"]) == parallel * (2 if "--bidir" in direction else 1)
    for sums in ("sum", "sum_bidir_reverse") if "--bidir" in direction else ("sum",):
        sent, received = (
            end[sums.replace("sum", "sum_sent")],
            end[sums.replace("sum", "sum_received")],
        )
        assert 0 < received["bytes"] <= sent["bytes"]


@needs_iperf3
@pytest.mark.parametrize("direction", [(), ("-R",), ("--bidir", "-P", "2")])
def test_iperf3_over_udp(iperf3_port, direction):
    end = iperf3(iperf3_port, "-u", "-b", str(RATE_BITS), *direction)
    for stream in end["streams"]:
        figures = stream["udp"]
        assert figures["bits_per_second"] == pytest.approx(RATE_BITS, rel=0.2)
        assert figures["lost_packets"] == 0


@needs_iperf3
def test_iperf3_keeps_to_a_rate_and_leaves_out_the_beginning(iperf3_port):
    end = iperf3(iperf3_port, "-R", "-b", str(RATE_BITS), "-O", "1")
    assert end["sum_received"]["bits_per_second"] == pytest.approx(RATE_BITS, rel=0.3)
    assert end["sum_received"]["seconds"] < 1.5 * TIME_S


@needs_iperf3
def test_iperf3_refuses_what_it_cannot_run_and_goes_on(iperf3_port):
    with socket.create_connection(("127.0.0.1", iperf3_port), timeout=ENDS_WITHIN_S) as control:
        control.sendall(b"x" * 37)
        assert control.recv(1) == b"\x09"
        with pytest.raises(AssertionError, match="busy"):
            iperf3(iperf3_port)
        control.sendall(b"\0\0\0\x11" + b'{"parallel":1000}')
        assert control.recv(1) == b"\xfe"
    assert iperf3(iperf3_port)["sum_received"]["bytes"] > 0


def client(platform, arguments):
    package, name = "unikernel-apps.iperf3", "iperf3 client"
    words = {"arguments": arguments, "nets": {"": "user,host"}, "wait": "running"}
    return boot(IPERF3_CLIENT, platform, package, name, **words)


@needs_iperf3
@pytest.mark.parametrize(
    "flags", [(), ("--reverse",), ("--parallel=3", "--bidir"), ("--udp", "--bandwidth=4M")]
)
def test_iperf3_client(flags, platform):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["iperf3", "-s", "-1", "-p", str(port), "--forceflush"], stdout=subprocess.PIPE, text=True
    )
    try:
        while "listening" not in server.stdout.readline():
            assert server.poll() is None
        arguments = (f"--port={port}", f"--time={TIME_S}", *flags)
        with client(platform, arguments) as vm:
            assert vm.wait(timeout_s=ENDS_WITHIN_S).status == 0, vm.console.text
            moved = re.findall(r"iperf3: (?:to|from) 10.0.2.2: (\d+) bytes", vm.console.text)
        assert len(moved) == (2 if "--bidir" in flags else 1)
        assert all(int(count) > 0 for count in moved)
    finally:
        server.kill()
        server.communicate()


def test_iperf3_client_without_a_server(platform):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with client(platform, (f"--port={port}",)) as vm:
        assert vm.wait(timeout_s=ENDS_WITHIN_S).status == 1
        assert f"no iperf3 server at 10.0.2.2, port {port}: " in vm.console.text


# ---- small services


@pytest.fixture(scope="module")
def services(platform):
    """Where the services of a guest are, by port and protocol."""
    ports = [f"0:{port}{kind}" for port in (ECHO, DISCARD, CHARGEN) for kind in ("", "/udp")]
    with boot(SERVICES, platform, "unikernel-apps.services", "services", ports=ports) as vm:
        vm.console.expect("ready", timeout_s=ENDS_WITHIN_S)
        yield {
            (port.guest_port, port.protocol): (port.host_address, port.host_port)
            for port in vm.ports
        }


def received(connection, size):
    heard = b""
    while len(heard) < size and (piece := connection.recv(size - len(heard))):
        heard += piece
    return heard


def test_echo_over_tcp(services):
    text = bytes(range(256)) * 1000
    with socket.create_connection(services[ECHO, "tcp"], ENDS_WITHIN_S) as connection:
        connection.sendall(text)
        assert received(connection, len(text)) == text
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_discard_over_tcp(services):
    with socket.create_connection(services[DISCARD, "tcp"], ENDS_WITHIN_S) as connection:
        connection.sendall(bytes(100_000))
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_characters_over_tcp(services):
    with socket.create_connection(services[CHARGEN, "tcp"], ENDS_WITHIN_S) as connection:
        lines = received(connection, 96 * LINE).splitlines(keepends=True)
    assert [len(line) for line in lines] == [LINE] * 96
    assert lines[0].startswith(b' !"#')
    assert lines[1].startswith(b'!"#$')
    assert lines[95] == lines[0]


def test_services_over_udp(services):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.settimeout(ENDS_WITHIN_S)
        peer.sendto(b"lost", services[DISCARD, "udp"])
        peer.sendto(b"hello", services[ECHO, "udp"])
        assert peer.recvfrom(2000)[0] == b"hello"
        peer.sendto(b"", services[CHARGEN, "udp"])
        assert len(peer.recvfrom(2000)[0]) <= 512


# ---- cohttp


@contextmanager
def cohttp(platform):
    """A guest whose /fetch is what it got from a server of the host; its URL, and that server."""
    with socket.create_server(("127.0.0.1", 0)) as host:
        host.settimeout(ENDS_WITHIN_S)
        port = str(host.getsockname()[1])
        spec = {"ports": ["0:80"], "arguments": (port,), "nets": {"": "user,host"}}
        with boot(COHTTP, platform, "cohttp-mirage", "cohttp", **spec) as vm:
            vm.console.expect(multiline("^ready"), timeout_s=ENDS_WITHIN_S)
            yield f"http://127.0.0.1:{vm.ports[0].host_port}", host


@contextmanager
def fetched(guest, host):
    """The process that asks the guest to fetch, and the guest's connection to the host."""
    command = ["curl", "-s", f"{guest}/fetch"]
    fetching = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    connection, _ = host.accept()
    connection.settimeout(ENDS_WITHIN_S)
    with connection:
        assert connection.recv(4096).startswith(b"GET / HTTP/1.1\r\n")
        yield fetching, connection


def test_cohttp_serves_and_fetches(platform):
    page = "from the host\n"
    with cohttp(platform) as (guest, host):
        assert curl(f"{guest}/a", f"{guest}/b") == "/a/b"
        with fetched(guest, host) as (fetching, connection):
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(page)}\r\n\r\n"
            connection.sendall((head + page).encode())
            assert fetching.communicate(timeout=ENDS_WITHIN_S)[0] == page


def test_cohttp_passes_over_provisional_answers(platform):
    with cohttp(platform) as (guest, host), fetched(guest, host) as (fetching, connection):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        assert fetching.communicate(timeout=ENDS_WITHIN_S)[0] == "hello"


UNUSABLE = [
    b"Content-Length: 50\r\n\r\nhello",
    b"Content-Length: -1\r\n\r\nhello",
    b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"Content-Le",
    b"X: y\r\n",
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello",
    b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello",
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    b"Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
]


def test_cohttp_takes_no_answer_that_is_broken(platform):
    with cohttp(platform) as (guest, host):
        for rest in UNUSABLE:
            with fetched(guest, host) as (fetching, connection):
                connection.sendall(b"HTTP/1.1 200 OK\r\n" + rest)
            page, _ = fetching.communicate(timeout=ENDS_WITHIN_S)
            # One that breaks off after the guest has begun to pass it on breaks that off, too.
            assert fetching.returncode or "Internal Server Error" in page, (rest, page)
        assert curl(f"{guest}/a") == "/a"


def test_cohttp_does_not_keep_a_header_without_an_end(platform):
    with cohttp(platform) as (guest, host):
        with fetched(guest, host) as (fetching, connection):
            send_without_end(connection, b"HTTP/1.1 200 OK\r\nX: ")
            assert "Internal Server Error" in fetching.communicate(timeout=ENDS_WITHIN_S)[0]
        port = int(guest.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), ENDS_WITHIN_S) as connection:
            send_without_end(connection, b"GET / HTTP/1.1\r\nX: ")
        assert curl(f"{guest}/a") == "/a"


def send_without_end(connection, header):
    """Send a field that does not end until the other end has had enough, or takes no more."""
    connection.settimeout(STALLED_S)
    connection.sendall(header)
    with pytest.raises(OSError, match=r"timed out|Broken pipe|reset by peer"):
        connection.sendall(bytes(MORE_THAN_FITS))


def curl(*addresses):
    command = ["curl", "-s", *addresses]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=ENDS_WITHIN_S, check=True
    ).stdout
