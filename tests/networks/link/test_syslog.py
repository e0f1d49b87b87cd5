"""A guest's log messages reach a syslog server over UDP and TCP, and wait for nobody."""

import re
import socket

import pytest
from support.guests.guest_programs import multiline
from support.networks.impairment import HOST, why_not
from support.networks.net_services import served
from support.platforms import ABOVE_STACKS

PATIENCE_S = 60
PORT = 514
LINE = re.compile(r"<30>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d guest app: message (\d+)")
LONG = re.compile(r"<28>.{15} guest app: long: x+")

pytestmark = [
    pytest.mark.boot,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had"),
]


def read_lines(listener, count):
    """Accept a connection, read so many lines and close it."""
    connection, _ = listener.accept()
    connection.settimeout(PATIENCE_S)
    with connection, connection.makefile("r", encoding="ascii") as lines:
        return [next(lines).rstrip("\n") for _ in range(count)]


def numbers(lines):
    return [int(found[1]) for line in lines if (found := LINE.fullmatch(line))]


@pytest.mark.parametrize("platform", ABOVE_STACKS)
def test_messages_arrive_and_a_server_that_is_away_stalls_nobody(platform):
    with served(name="ocaml_net_syslog", platform=platform) as (link, vm):
        vm.console.expect(multiline("^worked 20$"), timeout_s=PATIENCE_S)  # no server at all
        with link.host():
            listener = socket.create_server((HOST, PORT))
        with listener:
            listener.settimeout(PATIENCE_S)
            lines = read_lines(listener, 10)
            assert all(LINE.fullmatch(line) or LONG.fullmatch(line) for line in lines), lines
            assert {len(line) for line in lines if LONG.fullmatch(line)} == {60}
            first = numbers(lines)
            assert first == list(range(first[0], first[0] + 5))
            again = numbers(read_lines(listener, 10))
            assert again == list(range(again[0], again[0] + 5))
            assert again[0] > first[-1]
        here = int(vm.console.text.rsplit("worked ", 1)[1].split()[0])
        vm.console.expect(multiline(f"^worked {here + 20}$"), timeout_s=PATIENCE_S)
        assert "messages do not reach 10.9.0.1, port 514" in vm.console.text


@pytest.mark.parametrize("platform", ABOVE_STACKS)
def test_datagrams(platform):
    with served(name="ocaml_net_syslog", platform=platform) as (link, _):
        with link.host():
            datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with datagrams:
            datagrams.bind((HOST, PORT))
            datagrams.settimeout(PATIENCE_S)
            texts = [datagrams.recv(2000).decode("ascii") for _ in range(20)]
        assert all(LINE.fullmatch(text) or LONG.fullmatch(text) for text in texts), texts
        assert {len(text) for text in texts if LONG.fullmatch(text)} == {100}
        assert numbers(texts) == sorted(set(numbers(texts)))
