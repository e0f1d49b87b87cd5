import random
import re
from importlib.resources import files

import pytest

from unikernel.machines.xen.lab import wire
from unikernel.machines.xen.lab.wire import HEADER, Frame, Kind, Parser, WireError

WELCOME = HEADER.pack(8, 0, Kind.WELCOME, 0, 7) + b"12345678"
OUTPUT = HEADER.pack(3, 5, Kind.OUTPUT, 0, 9) + b"abc"


def parsed(*pieces):
    parser = Parser()
    return [frame for piece in pieces for frame in parser.feed(piece)]


def test_the_agent_s_header_says_the_same():
    text = (files("unikernel.machines.xen.lab") / "agent/wire.h").read_text()
    numbers = {name: int(number) for name, number in re.findall(r"(\w+) = (\d+),", text)}
    ours = {kind.name: kind.value for kind in Kind}
    ours |= {
        name: getattr(wire, name)
        for name in ("MOST_PAYLOAD", "MOST_CHANNELS", "WINDOW", "TOKEN_BYTES", "SEED_BYTES")
    }
    assert numbers == ours


def test_frames_come_in_pieces_of_any_size():
    stream = WELCOME + OUTPUT
    expected = [Frame(Kind.WELCOME, 0, b"12345678", 7), Frame(Kind.OUTPUT, 5, b"abc", 9)]
    assert parsed(stream) == expected
    assert parsed(*(stream[at : at + 1] for at in range(len(stream)))) == expected
    assert parsed(stream[:-1]) == expected[:1]


@pytest.mark.parametrize(
    "header",
    [
        (wire.MOST_PAYLOAD + 1, 0, Kind.OUTPUT, 0),
        (0, 0, Kind.OUTPUT, 1),
        (0, 0, 99, 0),
        (0, 0, Kind.START, 0),
        (3, 1, Kind.EXIT, 0),
        (0, 1, Kind.CREDIT, 0),
        (0xFFFFFFFF, 1, Kind.OUTPUT, 0),
    ],
)
def test_what_is_no_frame_is_refused(header):
    with pytest.raises(WireError):
        parsed(HEADER.pack(*header, 0) + bytes(16))


def test_noise_is_refused_or_waits_for_more():
    noise = random.Random(12)
    kept = 0
    for _ in range(20_000):
        data = bytearray(WELCOME + OUTPUT)
        for _ in range(noise.randint(1, 4)):
            data[noise.randrange(len(data))] = noise.randrange(256)
        try:
            kept += len(parsed(data[: noise.randrange(len(data))], data))
        except WireError:
            continue
    assert kept  # some noise is in the payload, and harmless
