"""A program in dom0, as its channel tells of it."""

import asyncio
from types import SimpleNamespace

from unikernel.machines.xen.lab.agent_client import Channel
from unikernel.machines.xen.lab.wire import STATUS, Frame, Kind


def test_who_sees_the_end_has_heard_everything():
    async def run():
        heard = []
        agent = SimpleNamespace(post=lambda _: None)
        channel = Channel(agent, 1, lambda _, payload, __: heard.append(payload))
        channel.take(Frame(Kind.OUTPUT, 1, b"the last words", 7))
        channel.take(Frame(Kind.EXIT, 1, STATUS.pack(0), 8))
        while not channel.ended.done():
            await asyncio.sleep(0)
        return heard, await channel.ended

    assert asyncio.run(run()) == ([b"the last words"], 0)


def test_the_end_is_not_there_before_the_words():
    async def run():
        channel = Channel(SimpleNamespace(post=lambda _: None), 1, lambda *_: None)
        channel.take(Frame(Kind.OUTPUT, 1, b"words", 7))
        channel.take(Frame(Kind.EXIT, 1, STATUS.pack(0), 8))
        return channel.ended.done()

    assert not asyncio.run(run())
