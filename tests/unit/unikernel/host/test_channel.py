"""The way to a guest's console: everything arrives, and of a flood much at once."""

import asyncio
import os
from contextlib import asynccontextmanager

from unikernel.host.channel import Channel

LINES = 20_000
LIMIT_S = 60


class Ear:
    """What a channel passes on."""

    def __init__(self):
        self.pieces = []
        self.news = asyncio.Event()

    def receive(self, data):
        self.pieces.append(data)
        self.news.set()

    @property
    def data(self):
        return b"".join(self.pieces)

    async def wait_for(self, end):
        async with asyncio.timeout(LIMIT_S):
            while not self.data.endswith(end):
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def opened():
    """Give a channel, the descriptor of its other end, and what it passes on."""
    ear = Ear()
    channel = Channel(ear.receive)
    other_end = os.dup(channel.their_fd)
    channel.begin()
    try:
        yield channel, other_end, ear
    finally:
        os.close(other_end)
        channel.finish()


def write_all(descriptor):
    for number in range(LINES):
        os.write(descriptor, b"line %d\n" % number)


ALL = b"".join(b"line %d\n" % number for number in range(LINES))


def test_lines_of_a_flood_are_gathered_and_none_is_lost():
    async def flood():
        async with opened() as (_, other_end, ear):
            await asyncio.get_running_loop().run_in_executor(None, write_all, other_end)
            await ear.wait_for(b"line 19999\n")
        return ear

    ear = asyncio.run(flood())
    assert ear.data == ALL
    assert len(ear.pieces) < LINES / 10


def test_what_comes_last_is_taken_in_when_it_ends():
    async def flood_to_the_end():
        async with opened() as (_, other_end, ear):
            await asyncio.get_running_loop().run_in_executor(None, write_all, other_end)
            os.write(other_end, b"the end")
        return ear

    assert asyncio.run(flood_to_the_end()).data == ALL + b"the end"


def test_a_channel_that_is_held_passes_nothing_on_until_it_may_go_on():
    async def hold():
        async with opened() as (channel, other_end, ear):
            channel.hold(held=True)
            os.write(other_end, b"waits")
            for _ in range(5):
                await asyncio.sleep(0)  # turns of the loop
            assert ear.pieces == []
            channel.hold(held=False)
            await ear.wait_for(b"waits")

    asyncio.run(hold())


def test_what_has_arrived_is_taken_at_once_unless_it_is_to_wait():
    async def asked():
        async with opened() as (channel, other_end, ear):
            os.write(other_end, b"before")
            channel.take_arrived()
            assert ear.data == b"before"
            channel.take_arrived()
            channel.hold(held=True)
            os.write(other_end, b" and after")
            channel.take_arrived()
            assert ear.data == b"before"
            channel.hold(held=False)
            await ear.wait_for(b" and after")

    asyncio.run(asked())


def test_after_the_end_nothing_arrives():
    async def ended():
        async with opened() as (channel, other_end, ear):
            os.write(other_end, b"last")
            channel.take_arrived()
            assert ear.data == b"last"
            channel.finish()
            channel.take_arrived()

    asyncio.run(ended())
