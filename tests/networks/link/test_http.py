"""A guest's HTTP server against the tools people use, and against clients no tool admits to."""

import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from support.debian_tools import program
from support.guests.guest_programs import ENDS_WITHIN_S
from support.networks.impairment import GUEST, why_not
from support.networks.net_services import connect, read_all, served
from support.platforms import ABOVE_STACKS, MOST_TRIED

PAGE = "<h1>Hello</h1>"
HTTP = 80
MEMORY_MIB = 32
SLOW_CLIENTS = 1000
HEADER_S, LEEWAY_S = 20, 60  # the server's limit; what a loaded machine may add

pytestmark = [
    pytest.mark.boot,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had"),
]


def serving(platform, called=""):
    return served(name="ocaml_net_http", platform=platform, memory_mib=MEMORY_MIB, called=called)


@pytest.fixture(scope="module", params=ABOVE_STACKS)
def link(request):
    """A link with a server at its end, which outlives all that is done to it."""
    with serving(request.param) as (link, vm):
        yield link
        assert vm.exit is None
        assert curl(link) == PAGE


def curl(link, *flags, path="/"):
    argv = ("curl", "-sS", "--max-time", "60", *flags, f"http://{GUEST}{path}")
    return link.run(*argv, timeout_s=90).stdout


def said_to(link, text):
    """Return what comes back until the guest closes."""
    with connect(link, HTTP) as connection:
        connection.sendall(text)
        return read_all(connection)


# ---- curl


@pytest.mark.parametrize("flags", [(), ("--http1.0",), ("--request-target", f"http://{GUEST}/?a")])
def test_curl_gets(flags, link):
    assert curl(link, *flags) == PAGE
    assert curl(link, *flags, path="/%2e/?x=1") == PAGE


def test_curl_asks_for_the_head(link):
    head = curl(link, "--head")
    assert head.startswith("HTTP/1.1 200 OK\n")
    assert f"Content-Length: {len(PAGE)}\n" in head


@pytest.mark.parametrize(("version", "waits_s"), [("--http1.0", "1"), ("--http1.1", "50")])
def test_curl_expects_to_be_told_to_go_on(version, waits_s, link):
    flags = (version, "-v", "-H", "Expect: 100-continue", "--expect100-timeout", waits_s)
    body = "x" * 5000
    argv = ("curl", "-sS", "--max-time", "60", *flags, "-d", body, f"http://{GUEST}/echo")
    done = link.run(*argv, timeout_s=90)
    assert done.stdout == body
    assert ("< HTTP/1.1 100 Continue" in done.stderr) == (version == "--http1.1")


def test_curl_is_told_no_before_it_sends(link, tmp_path):
    big = tmp_path / "big"
    big.write_bytes(bytes(20 << 20))
    flags = ("-w", "%{http_code}", "-o", "/dev/null", "-X", "PUT", "--data-binary", f"@{big}")
    assert curl(link, *flags, "-H", "Expect:") == "405"
    assert curl(link, *flags) == "405"


# ---- many requests


def test_wrk_has_no_errors(link):
    if not shutil.which("wrk"):
        pytest.skip("wrk is not installed: apt-get install wrk")
    report = link.run("wrk", "-t1", "-c50", "-d3s", f"http://{GUEST}/").stdout
    assert "Non-2xx" not in report
    assert "Socket errors" not in report
    assert float(re.search(r"Requests/sec: +([\d.]+)", report)[1]) > 0


@pytest.mark.parametrize("pipelined", [1, 16])
def test_h2load_speaks_http_1(pipelined, link):
    h2load = program("nghttp2-client", "/usr/bin/h2load")
    argv = ("--h1", "-n", "5000", "-c", "20", "-m", str(pipelined), f"http://{GUEST}/")
    environment = [f"{name}={value}" for name, value in h2load.env.items() if "LD_" in name]
    report = link.run("env", *environment, str(h2load.path), *argv).stdout
    assert "5000 succeeded, 0 failed, 0 errored" in report


# ---- slow clients

ATTACKS = {"headers": ("-H",), "bodies": ("-B",), "reads": ("-X", "-z", "8", "-w", "1", "-y", "64")}


@pytest.mark.parametrize("attack", ATTACKS)
def test_slowhttptest_leaves_the_service_available(attack, link):
    tool = program("slowhttptest", "/usr/bin/slowhttptest")
    environment = [f"{name}={value}" for name, value in tool.env.items() if "LD_" in name]
    argv = ("-c", str(SLOW_CLIENTS), "-r", "200", "-i", "2", "-l", "12", "-p", "20", "-x", "10")
    target = ("-u", f"http://{GUEST}/")
    limits = ("sh", "-c", 'ulimit -n 5000; exec "$@"', "slow")
    done = link.run(
        *limits, "env", *environment, str(tool.path), *ATTACKS[attack], *argv, *target,
        timeout_s=120, check=False,
    )  # fmt: skip
    text = re.sub(r"\x1b\[[\d;]*m", "", done.stdout)
    available = re.findall(r"service available: *(\w+)", text)
    assert available, text[-500:] + done.stderr[-500:]
    assert set(available) == {"YES"}
    assert curl(link) == PAGE


def time_of_half_a_request(link):
    started_s = time.monotonic()
    answer = said_to(link, b"GET / HTTP/1.1\r\nHost: a\r\n")
    assert answer.startswith(b"HTTP/1.1 408 ")
    return time.monotonic() - started_s


def test_half_a_request_has_its_time():
    """Each platform is asked at the same time, as a limit only takes time."""
    with ExitStack() as guests, ThreadPoolExecutor() as threads:
        links = [guests.enter_context(serving(platform, "waits"))[0] for platform in MOST_TRIED]
        for took_s in threads.map(time_of_half_a_request, links):
            assert HEADER_S - 1 <= took_s < HEADER_S + LEEWAY_S


# ---- requests that no client should send

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def with_field(field, body=b""):
    return b"POST / HTTP/1.1\r\nHost: a\r\n" + field + b"\r\n\r\n" + body + SMUGGLED


def in_chunks(body):
    return b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body + SMUGGLED


REFUSED = {
    "a blank before the colon": with_field(b"Content-Length : 35"),
    "a folded line": with_field(b"X: a\r\n b"),
    "a control character": with_field(b"X: a\x01"),
    "two lengths": with_field(b"Content-Length: 1\r\nContent-Length: 2"),
    "a signed length": with_field(b"Content-Length: +35"),
    "a hexadecimal length": with_field(b"Content-Length: 0x1d"),
    "a length and chunks": with_field(b"Content-Length: 5\r\nTransfer-Encoding: chunked"),
    "chunks not last": with_field(b"Transfer-Encoding: chunked, gzip"),
    "no host": b"GET / HTTP/1.1\r\n\r\n" + SMUGGLED,
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n" + SMUGGLED,
    "a password": b"GET http://a:b@c/ HTTP/1.1\r\nHost: c\r\n\r\n" + SMUGGLED,
    "a lone line feed": b"GET / HTTP/1.1\nHost: a\n\n" + SMUGGLED,
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_refused_and_nothing_behind_it_is_read(text, link):
    answer = said_to(link, text)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "body",
    [b"1_0\r\n" + bytes(16) + b"\r\n0\r\n\r\n", b"3\nabc\r\n0\r\n\r\n", b"3\r\nabc\n0\r\n\r\n"],
)
def test_wrong_chunks_end_the_connection(body, link):
    answer = said_to(link, in_chunks(body))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"smuggled" not in answer
    assert not answer.endswith(b"0\r\n\r\n")


def test_pipelined_requests_are_answered_in_order(link):
    bodies = [b"first", b"", b"third" * 1000]
    requests = [
        b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        for body in bodies
    ]
    last = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    heads_and_bodies = said_to(link, b"".join(requests) + last).split(b"\r\n\r\n")
    assert len(heads_and_bodies) == 5
    assert heads_and_bodies[1].startswith(b"firstHTTP/1.1 200")
    assert heads_and_bodies[3].startswith(bodies[2] + b"HTTP/1.1 200")
    assert heads_and_bodies[4] == PAGE.encode()


def test_clients_that_leave_at_once(link):
    for text in list(REFUSED.values()) * 4:
        with connect(link, HTTP, timeout_s=ENDS_WITHIN_S) as connection:
            connection.sendall(text)
    assert curl(link) == PAGE
