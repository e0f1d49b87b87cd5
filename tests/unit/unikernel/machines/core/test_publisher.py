"""What other processes hear of a guest that says more than they take."""

import asyncio
import base64
import json

import pytest
from support.fake_machine import FakeMachine, fake_image

from unikernel.errors import UsageError
from unikernel.guest.transcript import LIMIT
from unikernel.host import event_loop
from unikernel.machines.core.disk_change import DiskChange
from unikernel.machines.core.publisher import LINE_LIMIT, REQUESTS_AT_ONCE, Publisher
from unikernel.model.block import parse
from unikernel.model.state import Cause

TIME_LIMIT_S = 60


@pytest.fixture
def machine(tmp_path):
    return FakeMachine(fake_image(tmp_path))


async def no_requests(*_):
    raise AssertionError


def decoded(line):
    message = json.loads(line)
    return base64.b64decode(message["bytes"]) if "bytes" in message else message


async def connect(path):
    return await asyncio.open_unix_connection(path, limit=LINE_LIMIT)


async def received_until(reader, what):
    """Return the bytes told before a message that has `what`, and the message."""
    received = b""
    async with asyncio.timeout(TIME_LIMIT_S):
        while True:
            message = decoded(await reader.readline())
            if isinstance(message, dict) and what in message:
                return received, message
            received += message if isinstance(message, bytes) else b""


def test_a_listener_gets_the_bytes_then_the_state_then_the_end(machine, tmp_path):
    async def scene():
        publisher = Publisher(machine, machine.change_disk, no_requests)
        await publisher.open(tmp_path / "socket")
        machine.console.feed(bytes(range(256)))
        reader, writer = await connect(tmp_path / "socket")
        before = await received_until(reader, "state")
        machine.console.feed(b"\xff more")
        machine.end(Cause.EXIT, 3)
        publisher.close()
        after = await received_until(reader, "exit")
        writer.close()
        return before, after

    (before, state), (after, ended) = event_loop.call(scene())
    assert (before, state) == (bytes(range(256)), {"state": "running"})
    assert (after, ended["exit"]["status"]) == (b"\xff more", 3)


def test_a_disk_is_changed_for_another_process(tmp_path):
    machine = FakeMachine(fake_image(tmp_path), blocks={"a": "none"})
    changes = [DiskChange("attach", "a", parse("4M")), DiskChange("attach", "a", parse("4M"))]

    async def scene():
        publisher = Publisher(machine, machine.change_disk, no_requests)
        await publisher.open(tmp_path / "socket")
        reader, writer = await connect(tmp_path / "socket")
        await received_until(reader, "state")
        answers = []
        for change in changes:
            writer.write(json.dumps({"change": change.facts()}).encode() + b"\n")
            answers.append((await received_until(reader, "changed"))[1]["changed"])
        publisher.tell_disks()
        told = (await received_until(reader, "disks"))[1]["disks"]
        machine.end()
        publisher.close()
        writer.close()
        return answers, told

    (done, refused), told = event_loop.call(scene())
    assert done == {}
    assert refused["error"] == "DiskUnavailable"
    assert told["blocks"] == {"a": "4M"}


def test_a_request_is_served_beside_typing_and_answered_by_its_number(machine, tmp_path):
    gate = asyncio.Event()

    async def serve(action, arguments):
        if action == "slow":
            await gate.wait()
        if action == "bad":
            raise UsageError("It may not.")
        return [action, arguments]

    async def scene():
        publisher = Publisher(machine, machine.change_disk, serve)
        await publisher.open(tmp_path / "socket")
        reader, writer = await connect(tmp_path / "socket")
        await received_until(reader, "state")
        for number, action in ((1, "slow"), (2, "bad"), (3, "quick")):
            request = {"number": number, "action": action, "arguments": {"a": 1}}
            writer.write(json.dumps({"request": request}).encode() + b"\n")
        answers = [(await received_until(reader, "answer"))[1]["answer"] for _ in range(2)]
        gate.set()
        answers.append((await received_until(reader, "answer"))[1]["answer"])
        machine.end()
        publisher.close()
        writer.close()
        return answers

    refused, quick, slow = event_loop.call(scene())
    assert (refused["number"], refused["error"]) == (2, "UsageError")
    assert quick == {"number": 3, "result": ["quick", {"a": 1}]}
    assert slow["number"] == 1


def test_requests_at_once_are_bounded(machine, tmp_path):
    async def serve(*_):
        await asyncio.Event().wait()

    async def scene():
        publisher = Publisher(machine, machine.change_disk, serve)
        await publisher.open(tmp_path / "socket")
        reader, writer = await connect(tmp_path / "socket")
        await received_until(reader, "state")
        for number in range(REQUESTS_AT_ONCE + 1):
            request = {"number": number, "action": "slow", "arguments": {}}
            writer.write(json.dumps({"request": request}).encode() + b"\n")
        answer = (await received_until(reader, "answer"))[1]["answer"]
        machine.end()
        publisher.close()
        writer.close()
        return answer

    answer = event_loop.call(scene())
    assert (answer["number"], answer["error"]) == (REQUESTS_AT_ONCE, "HypervisorSilent")


def test_one_that_falls_behind_loses_the_beginning_and_never_a_part(machine, tmp_path):
    """Numbered lines, of which many are forgotten before they are taken: the last are whole."""
    count = 5 * LIMIT // 8

    async def scene():
        publisher = Publisher(machine, machine.change_disk, no_requests)
        await publisher.open(tmp_path / "socket")
        reader, writer = await connect(tmp_path / "socket")
        await received_until(reader, "state")
        for first in range(0, count, 10_000):
            lines = (b"%07d\n" % number for number in range(first, min(first + 10_000, count)))
            machine.console.feed(b"".join(lines))
            await asyncio.sleep(0)
        machine.end()
        publisher.close()
        received, _ = await received_until(reader, "exit")
        writer.close()
        return received

    received = event_loop.call(scene())
    assert len(received) < 8 * count
    last = [int(line) for line in received[-LIMIT:].splitlines()]
    assert last == list(range(count - LIMIT // 8, count))
