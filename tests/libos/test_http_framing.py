"""Our HTTP server and h11 read the same messages out of mutated connections.

Where we take a request, h11 takes one too, and both see the same method, target, fields and body.
We may refuse what h11 is lax about, never the other way around.

HTTP_FRAMING_CASES is how many connections are tried, HTTP_FRAMING_SEED what they are made from;
connection number n is made from seed and n alone.
"""

import itertools
import os
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

import h11
import pytest
from support import TESTS
from support.ocaml.packages import Packages
from support.ocaml.programs import ORIGINS

SOURCE = TESTS / "libos/framing/http_messages.ml"
CASES = int(os.environ.get("HTTP_FRAMING_CASES", "40000"))
SEED = int(os.environ.get("HTTP_FRAMING_SEED", "1"))
BATCH = 5_000
HANGS_S = 300
SERVERS_OWN = (b"OPTIONS", b"*")  # no handler hears of it, so it is not printed

METHODS = [b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"BREW", b"M-SEARCH"]
GOOD_TARGETS = [b"/", b"/a?b=c", b"http://a/", b"http://a:80/b", b"/%41/../b"]
TARGETS = GOOD_TARGETS * 8 + [b"*", b"a:80", b"/a b"]
VERSIONS = [b"HTTP/1.1"] * 80 + [b"HTTP/1.0", b"HTTP/1.2", b"http/1.1", b"HTTP/2.0"]
GOOD_FIELDS = [b"Connection: keep-alive", b"X: \xe9\t a", b"X:", b"Expect: 100-continue", b"Y: ,"]
FIELDS = GOOD_FIELDS * 30 + [
    b"Host: a",
    b"Host: a:80",
    b"Content-Length: 5",
    b"Content-Length: 05",
    b"Content-Length: 5, 5",
    b"Content-Length : 5",
    b"Content-Length: +5",
    b"Content-Length: 0x5",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: Chunked ",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked\x0b",
    b"transfer-encoding:chunked",
    b"Connection: close",
    b" folded",
    b"X: a\x00b",
]
ENDS = [b"\r\n"] * 600 + [b"\n", b"\r", b"\r\n\r\n", b" \r\n", b"\r\r\n", b"\n\r"]
GOOD_CHUNKED = [
    b"5\r\nhello\r\n0\r\n\r\n",
    b"005;a=b\r\nhello\r\n3\r\nabc\r\n0;c\r\nT: u\r\n\r\n",
    b"0\r\n\r\n",
    b"A\r\n0123456789\r\n00\r\n\r\n",
]
CHUNKED = GOOD_CHUNKED * 8 + [
    b"1_0\r\n0123456789abcdef\r\n0\r\n\r\n",
    b"5\nhello\r\n0\r\n\r\n",
    b"5\r\nhelloX\r\n0\r\n\r\n",
    b"5 \r\nhello\r\n0\r\n\r\n",
]
PLAIN = [b"", b"hello", b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"]
BYTES = [bytes([n]) for n in b'\r\n \t:;,0159afAFxX_+-\x00\x01\x0b\x0c\x7f\x80\xff/*%#?@[]"GH']


# ---- connections


def pick(dice, choices):
    return choices[int(dice.random() * len(choices))]


def request(dice):
    fields = [b"Host: a"] if dice.random() < 0.98 else []
    fields += [pick(dice, FIELDS) for _ in range(int(dice.random() * 3))]
    framing = dice.random()
    if framing < 0.3:
        body = pick(dice, CHUNKED)
        fields.append(b"Transfer-Encoding: chunked")
    elif framing < 0.6:
        body = pick(dice, PLAIN)
        fields.append(b"Content-Length: %d" % len(body))
    else:
        body = pick(dice, PLAIN) if framing < 0.7 else b""
    line = b" ".join((pick(dice, METHODS), pick(dice, TARGETS), pick(dice, VERSIONS)))
    if dice.random() < 0.2:
        dice.shuffle(fields)
    return b"".join(part + pick(dice, ENDS) for part in (line, *fields)) + b"\r\n" + body


def mutated(dice, text):
    for _ in range(pick(dice, (0, 0, 0, 1, 1, 2, 4))):
        at = int(dice.random() * (len(text) + 1))
        what = dice.random()
        if what < 0.4:
            text = text[:at] + pick(dice, BYTES) + text[at + 1 :]
        elif what < 0.7:
            text = text[:at] + pick(dice, BYTES) + text[at:]
        elif what < 0.9:
            text = text[:at] + text[at + 1 :]
        else:
            until = min(len(text), at + int(dice.random() * 30))
            text = text[:at] + text[at:until] + text[at:]
    return text


def connection(number):
    """Return the pieces of connection `number`."""
    dice = random.Random(SEED * 1_000_003 + number)
    text = b"".join(request(dice) for _ in range(pick(dice, (1, 1, 2, 3))))
    text = mutated(dice, text)
    cuts = sorted(int(dice.random() * len(text)) for _ in range(pick(dice, (0, 0, 1, 3))))
    edges = [0, *cuts, len(text)]
    return [text[a:b] for a, b in itertools.pairwise(edges) if a < b] or [b"\r"]


# ---- readers


@dataclass(frozen=True)
class Message:
    method: bytes
    target: bytes
    body: bytes | None  # None: it did not come whole
    fields: tuple[tuple[bytes, bytes], ...]


def seen_by_h11(text):
    """Return the messages h11 takes before the first fault; None for a body that is cut off."""
    # RFC 9112, 2.2, lets an empty line go before a request. h11 refuses it.
    text = text.removeprefix(b"\r\n")
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    reader.receive_data(text)
    messages, head, body = [], None, b""
    try:
        while True:
            event = reader.next_event()
            if isinstance(event, h11.Request):
                head, body = event, b""
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                messages.append(message(head, body))
                goes_on = answered(reader) or keeps_1_0(head)
                after = reader.trailing_data[0]
                if not goes_on:
                    return messages
                if after.startswith(b"\r\n") or keeps_1_0(head):
                    return messages + seen_by_h11(after)
                head = None
            else:
                break
    except h11.RemoteProtocolError:
        pass
    return messages + ([message(head, None)] if head else [])


def answered(reader):
    """Send an answer; whether another request may follow."""
    reader.send(h11.Response(status_code=200, headers=[(b"Content-Length", b"0")]))
    reader.send(h11.EndOfMessage())
    if reader.our_state is h11.MUST_CLOSE:
        return False
    reader.start_next_cycle()
    return True


def keeps_1_0(head):
    """Whether HTTP/1.0 asks to go on (RFC 9112, 9.3), which h11 never does."""
    text = b",".join(value.lower() for name, value in head.headers if name == b"connection")
    options = {option.strip() for option in text.split(b",")}
    return head.http_version == b"1.0" and b"keep-alive" in options and b"close" not in options


def message(head, body):
    fields = tuple((bytes(name), bytes(value)) for name, value in head.headers)
    return Message(bytes(head.method), bytes(head.target), body, fields)


def ours(line):
    *taken, ending, _status = line.split()
    return [our_message(word) for word in taken], ending


def our_message(word):
    method, target, body, *fields = word.split(",")
    pairs = (field.split(":") for field in fields)
    return Message(
        unhex(method),
        unhex(target),
        None if body == "-" else unhex(body),
        tuple((unhex(name), unhex(value)) for name, value in pairs),
    )


def unhex(word):
    return bytes.fromhex(word.removeprefix("x"))


# ---- comparison


def plain(message):
    """Return a message with fields as h11 normalises them."""
    fields = tuple(map(lowered, message.fields))
    return Message(message.method, message.target, message.body, fields)


def lowered(field):
    name, value = field
    if name == b"transfer-encoding":
        return name, value.lower()
    if name == b"content-length":
        return name, value.split(b",")[0].strip()
    return field


def deduplicated(fields):
    """Return fields without repeated lengths, which h11 drops, and in their order."""
    seen, kept = False, []
    for name, value in fields:
        if name == b"content-length" and seen:
            continue
        seen = seen or name == b"content-length"
        kept.append((name, value))
    return tuple(kept)


def differences(pieces, line):
    """Say where we took something that h11 did not see so."""
    mine, ending = ours(line)
    theirs = [m for m in seen_by_h11(b"".join(pieces)) if (m.method, m.target) != SERVERS_OWN]
    if ending not in {"open", "closed"}:
        return f"ended with {ending}"
    for number, taken in enumerate(mine):
        if taken.body is None:
            return ""
        if number >= len(theirs):
            return f"h11 did not take {taken}"
        one, other = plain(taken), plain(theirs[number])
        if (one.method, one.target, one.body) != (other.method, other.target, other.body):
            return f"we saw {one}, h11 {other}"
        if deduplicated(one.fields) != other.fields:
            return f"we saw {one.fields}, h11 {other.fields}"
    return ""


@pytest.fixture(scope="module")
def program():
    packages = Packages(ORIGINS, Path(os.environ["UNIKERNEL_CACHE"]) / "host-programs")
    return packages.program(SOURCE, ("http-peer", "virtual-network"))


def answers(program, connections):
    lines = [" ".join(piece.hex() for piece in pieces) for pieces in connections]
    done = subprocess.run(
        [program], input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=HANGS_S
    )
    assert done.returncode == 0, done.stderr
    stdout = done.stdout.splitlines()
    assert len(stdout) == len(connections)
    return stdout


def test_h11_sees_what_we_take(program):
    taken = kept = both = 0
    for start in range(0, CASES, BATCH):
        connections = [connection(number) for number in range(start, min(CASES, start + BATCH))]
        for number, (pieces, line) in enumerate(
            zip(connections, answers(program, connections), strict=True), start
        ):
            wrong = differences(pieces, line)
            assert not wrong, f"connection {number} of seed {SEED}: {pieces}\n{line}\n{wrong}"
            messages = ours(line)[0]
            taken += len(messages)
            kept += len(messages) > 1
            both += any(message.body for message in messages)
    print(f"{CASES} connections: {taken} requests, {kept} times several, {both} times with bodies")
    assert min(taken, kept, both) > CASES / 20


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n", 2),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello", 0),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello", 1),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + GOOD_CHUNKED[1], 1),
        (b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 1),
    ],
)
def test_both_readers_read(program, text, count):
    (line,) = answers(program, [[text]])
    assert [len(ours(line)[0]), len(seen_by_h11(text))] == [count, count]
    assert not differences([text], line)
