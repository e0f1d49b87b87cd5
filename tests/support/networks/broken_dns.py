"""A DNS server that does, name by name, what servers should not.

    with link.host(), BrokenServer("10.9.0.1") as server:
        ...
        server.asked["late.test"]

The first label of a name says what happens to questions for it; see `udp` and `tcp`.
"""

import collections
import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Sequence
from typing import Self

ADDRESS = "192.0.2.80"
FORGED = "192.0.2.66"
A, CNAME, SOA = 1, 5, 6
ANSWER, TRUNCATED = 0x8180, 0x8380
PATIENCE_S = 30


def name(text: str) -> bytes:
    labels = text.rstrip(".").split(".")
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def record(owner: str, kind: int, data: bytes, ttl: int = 60) -> bytes:
    return name(owner) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def address(owner: str, text: str = ADDRESS, ttl: int = 60) -> bytes:
    return record(owner, A, socket.inet_aton(text), ttl)


def zone(owner: str, minimum: int) -> bytes:
    numbers = struct.pack("!5I", 1, 1, 1, 1, minimum)
    return record(owner, SOA, name("ns.test") + name("ns.test") + numbers, minimum)


def asked_name(question: bytes) -> str:
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode())
        at += 1 + question[at]
    return ".".join(labels)


def reply(
    question: bytes,
    answers: Sequence[bytes] = (),
    authority: Sequence[bytes] = (),
    flags: int = ANSWER,
) -> bytes:
    counts = struct.pack("!4H", 1, len(answers), len(authority), 0)
    head = question[:2] + struct.pack("!H", flags) + counts
    return head + question[12:] + b"".join(answers) + b"".join(authority)


def with_another_id(message: bytes) -> bytes:
    return bytes([message[0] ^ 1]) + message[1:]


def udp(question: bytes, number: int) -> list[bytes]:
    """Return the datagrams that answer the question, which is the `number`th for its name."""
    text = asked_name(question)
    right = reply(question, [address(text)])
    forged = with_another_id(reply(question, [address(text, FORGED)]))
    return {
        "right": [right],
        "short": [reply(question, [address(text, ttl=1)])],
        "twice": [right, right],
        "silent": [],
        "third": [right] if number == 3 else [],
        "forged": [forged, forged[:20], b"", b"\0" * 11, question, right],
        "malformed": [right[:-2]] if number == 1 else [right],
        "garbage": [bytes(range(200)), right],
        "servfail": [reply(question, flags=ANSWER | 2)],
        "nxdomain": [reply(question, [], [zone("test", 60)], flags=ANSWER | 3)],
        "nozone": [reply(question, flags=ANSWER | 3)],
        "nodata": [reply(question, [], [zone("test", 60)])],
        "alias": [reply(question, [record(text, CNAME, name("right.test"))])],
        "ring": [reply(question, [record(text, CNAME, name("ring2.test"))])],
        "ring2": [reply(question, [record(text, CNAME, name("ring.test"))])],
        "large": [reply(question, flags=TRUNCATED)],
        "cut": [reply(question, flags=TRUNCATED)],
    }[text.partition(".")[0]]


def tcp(question: bytes) -> list[bytes]:
    """Return what is sent over a connection, in pieces; then it is closed."""
    text = asked_name(question)
    right = reply(question, [address(text)])
    framed = struct.pack("!H", len(right)) + right
    if text.startswith("cut"):
        return [framed[:20]]
    other = with_another_id(right)
    return [struct.pack("!H", len(other)) + other + framed[:1], framed[1:9], framed[9:]]


class BrokenServer:
    """Serves from entering the context to leaving it; `asked` counts questions by name."""

    def __init__(self, host: str) -> None:
        self._host = host
        self.asked: collections.Counter[str] = collections.Counter()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as exit_stack:
            self._udp = exit_stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            self._udp.bind((self._host, 53))
            self._tcp = exit_stack.enter_context(socket.create_server((self._host, 53)))
            self._ended, self._end = map(exit_stack.enter_context, socket.socketpair())
            self._thread = threading.Thread(target=self._serve)
            self._thread.start()
            self._exit_stack = exit_stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.send(b"x")
        self._thread.join(PATIENCE_S)
        self._exit_stack.close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            for endpoint in (self._udp, self._tcp, self._ended):
                selector.register(endpoint, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._ended in ready:
                    return
                if self._udp in ready:
                    self._answer_datagram()
                if self._tcp in ready:
                    self._answer_stream()

    def _answer_datagram(self) -> None:
        question, peer = self._udp.recvfrom(2000)
        text = asked_name(question)
        self.asked[text] += 1
        for answer in udp(question, self.asked[text]):
            self._udp.sendto(answer, peer)

    def _answer_stream(self) -> None:
        connection, _ = self._tcp.accept()
        with connection, contextlib.suppress(OSError):
            connection.settimeout(PATIENCE_S)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in tcp(connection.recv(2000)[2:]):
                connection.sendall(piece)
