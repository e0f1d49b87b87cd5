"""Lab 4, the network: HTTP with state, byte streams, many peers, bounds, datagrams, frames."""

from __future__ import annotations

import random
import socket
import string
import struct
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Self
from urllib.error import HTTPError
from urllib.request import urlopen

from unikernel.course import trials
from unikernel.course.exercises import exercise
from unikernel.errors import ConsoleTimeout, NotYet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from unikernel.course.work import Work
    from unikernel.machines import Machine
    from unikernel_toolchain.model.image import Image

ANSWER_S = 5.0
LINES = "It has to answer each line with the line backwards, however the bytes come."


@exercise("network", 1, "A page with a memory")
def _(work: Work) -> None:
    words = [_word() for _ in range(3)]
    with _serving(work, work.image("site"), "0:80", arguments=words) as site:
        count = random.randrange(2, 6)
        for _ in range(count):
            status, page = _get(site, "/")
            if status != 200 or " ".join(words) not in page:
                raise NotYet(
                    f"Booted with {' '.join(words)}, its page should contain these words.",
                    detail=f"status {status}: {page[:300]}",
                )
        for _ in range(2):
            status, page = _get(site, "/visits")
            if (status, page.strip()) != (200, str(count)):
                raise NotYet(
                    f"After {count} requests for /, /visits should answer {count}.",
                    detail=f"status {status}: {page[:300]}",
                )
        if _get(site, f"/{_word()}")[0] != 404:
            raise NotYet("A path that is neither should be answered with status 404.")


@exercise("network", 2, "Bytes, not lines", points=2)
def _(work: Work) -> None:
    with _serving(work, work.image("lines"), "0:7") as lines:
        _converse(lines)


@exercise("network", 3, "Many at once", points=2)
def _(work: Work) -> None:
    with _serving(work, work.image("chat"), "0:7000") as chat, ExitStack() as there:
        peers = [there.enter_context(_Peer(chat)) for _ in range(2)]
        _meet(*peers)
        for _ in range(2):  # who is heard is connected in the guest, too, and hears the next one
            peers.append(there.enter_context(_Peer(chat)))
            _say(peers[-1], peers)
        peers.pop(0).close()
        for speaker in peers:
            _say(speaker, peers)


@exercise("network", 4, "Who never ends his line")
def _(work: Work) -> None:
    with _serving(work, work.image("guarded"), "0:7") as guarded:
        _converse(guarded)
        for ending in (b"", b"\n"):
            with _Peer(guarded) as peer:
                peer.send(b"x" * random.randrange(1001, 1400) + ending)
                peer.expect("too long", "To more than 1000 bytes without an end it should answer:")
                peer.expect_end("After too long it should close the connection.")
        _converse(guarded)


@exercise("network", 5, "Twice is once", points=2)
def _(work: Work) -> None:
    with (
        _serving(work, work.image("account"), "0:9/udp") as account,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker,
    ):
        asker.settimeout(ANSWER_S)
        asker.connect(("127.0.0.1", account.ports[0].host_port))
        total, known = 0, {}
        for _ in range(4):
            name, amount = _word(), random.randrange(-50, 100)
            total += amount
            known[f"{name} add {amount}"] = f"{name} {total}"
            repeated = random.choice(list(known))
            asker.send(f"{name} divide {amount}".encode())  # which has no answer
            for question in (f"{name} add {amount}", repeated):
                _ask(asker, question, known[question])


@exercise("network", 6, "Put together again", points=3)
def _(work: Work) -> None:
    said = [f"{_word()} {_word()}\n".encode() for _ in range(4)]
    with trials.folder() as folder:
        path = folder / "frames.pcap"
        _capture(work, work.image("lines"), path, said)
        for what, change in (
            ("as it was", list[bytes]),
            ("with a segment twice", _doubled),
            ("out of order", lambda frames: random.sample(frames, len(frames))),
        ):
            changed = folder / "changed.pcap"
            _rewrite(path, changed, change)
            answer = work.call("sent_to", str(changed), 7)
            if answer != b"".join(said):
                raise NotYet(
                    f"Of a capture {what}, sent_to answers {answer!r:.200}; "
                    f"sent was {b''.join(said)!r}.",
                    hint="Put each segment where its number says that it belongs.",
                )


class _Peer:
    """A connection to a guest, whose silence is an answer, too."""

    def __init__(self, machine: Machine) -> None:
        address = ("127.0.0.1", machine.ports[0].host_port)
        self._socket = socket.create_connection(address, timeout=ANSWER_S)
        self._heard = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError:
            raise NotYet("It closed a connection that was still in use.") from None

    def line(self, timeout_s: float = ANSWER_S) -> str | None:
        """Return the next line, None at the end or after `timeout_s` of silence."""
        self._socket.settimeout(timeout_s)
        while b"\n" not in self._heard:
            if not (data := self._data()):
                return None
            self._heard += data
        line, _, self._heard = self._heard.partition(b"\n")
        return line.decode("utf-8", "replace")

    def _data(self) -> bytes:
        try:
            return self._socket.recv(4096)
        except OSError:
            return b""

    def expect(self, line: str, what: str) -> None:
        if (heard := self.line()) != line:
            came = "nothing came" if heard is None else f"this came: {heard[:200]}"
            raise NotYet(f"{what} {line[:200]}", detail=came)

    def expect_end(self, what: str) -> None:
        if self._heard or self._data():
            raise NotYet(what)


@contextmanager
def _serving(
    work: Work, image: Image, port: str, arguments: Sequence[str] = (), **spec: object
) -> Iterator[Machine]:
    with work.booted(image, ports=[port], arguments=list(arguments), **spec) as machine:
        try:
            machine.console.expect("ready", timeout_s=2 * ANSWER_S)
        except ConsoleTimeout as silent:
            raise NotYet(f"{image.name} does not say ready.", detail=silent.detail) from None
        yield machine


def _converse(machine: Machine) -> None:
    """Talk to a server of lines with two peers, in pieces that are surely read one by one."""
    with _Peer(machine) as one, _Peer(machine) as other:
        for peer, beside in ((one, other), (other, one)):
            first, second, third = (_word() for _ in range(3))
            cut = random.randrange(1, len(second))
            peer.send(f"{first}\n{second[:cut]}".encode())
            peer.expect(first[::-1], LINES)
            beside.send(b"\n")
            beside.expect("", f"{LINES} To an empty line:")
            peer.send(f"{second[cut:]}\n{third}\n".encode())
            peer.expect(second[::-1], LINES)
            peer.expect(third[::-1], LINES)


def _meet(first: _Peer, second: _Peer) -> None:
    """Have the second speak until the first hears it.

    The very first connection waits until the guest's hardware address is known, and the next one
    may overtake it.
    """
    for _ in range(20):
        line = _word()
        second.send(f"{line}\n".encode())
        while heard := first.line(timeout_s=ANSWER_S / 10):
            if heard == line:
                return
    raise NotYet("Of two peers one does not hear what the other says.")


def _say(speaker: _Peer, everybody: Sequence[_Peer]) -> None:
    line = f"{_word()} {_word()}"
    speaker.send(f"{line}\n".encode())
    for peer in everybody:
        if peer is not speaker:
            peer.expect(line, "To each other peer it should send what one says, and no more:")


def _ask(asker: socket.socket, question: str, wanted: str) -> None:
    for _ in range(2):  # a datagram may be lost; and to ask twice is what this is about
        asker.send(question.encode())
    for _ in range(2):
        try:
            heard = asker.recv(2000).decode("utf-8", "replace").strip()
        except OSError:
            raise NotYet(f"To {question!r}, sent twice, there are not two answers.") from None
        if heard != wanted:
            raise NotYet(f"{question!r} should be answered {wanted!r}; it was: {heard[:200]!r}.")


def _get(machine: Machine, path: str) -> tuple[int, str]:
    address = f"http://127.0.0.1:{machine.ports[0].host_port}{path}"
    try:
        with urlopen(address, timeout=ANSWER_S) as answer:
            return answer.status, answer.read(10_000).decode("utf-8", "replace")
    except HTTPError as refused:
        return refused.code, ""
    except OSError as problem:
        raise NotYet(f"{path} was not answered: {problem}.") from None


def _capture(work: Work, image: Image, path: Path, said: Sequence[bytes]) -> None:
    captures = {image.nets[0]: str(path)}
    with _serving(work, image, "0:7", captures=captures) as machine, _Peer(machine) as peer:
        for line in said:
            peer.send(line)
            if peer.line() is None:
                raise NotYet("lines does not answer a line: exercise 2 comes first.")


def _rewrite(path: Path, changed: Path, change: object) -> None:
    """Write a capture anew with its records changed (pcap's format: libpcap, pcap-savefile(5))."""
    data = path.read_bytes()
    records, place = [], 24
    while place + 16 <= len(data):
        (length,) = struct.unpack_from("<I", data, place + 8)
        records.append(data[place : place + 16 + length])
        place += 16 + length
    changed.write_bytes(data[:24] + b"".join(change(records)))  # type: ignore[operator]


def _doubled(records: list[bytes]) -> list[bytes]:
    return [record for record in records for _ in range(random.randrange(1, 3))]


def _word() -> str:
    return "".join(random.choices(string.ascii_lowercase, k=random.randrange(4, 12)))
