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
        return channel.ended.done(), await channel.ended, heard

    assert asyncio.run(run()) == (False, 0, [b"the last words"])
