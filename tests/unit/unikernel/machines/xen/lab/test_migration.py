import asyncio
import os

import pytest

from unikernel.errors import LabUnavailable
from unikernel.host import event_loop
from unikernel.machines.xen.lab import migration

STATE = os.urandom(3_000_000)


class Qemu:
    """As much of a QEMU as migrates: it writes its state, or reads one."""

    def __init__(self, *statuses, state=b""):
        self.statuses = list(statuses)
        self.state = bytearray(state)
        self.commands = []

    async def name_descriptor(self, descriptor, name):
        self.descriptor = os.dup(descriptor)

    async def execute(self, command, arguments=None):
        self.commands.append(command)
        if command == "query-migrate":
            return {"status": self.statuses.pop(0)}
        if command == "migrate":
            asyncio.get_running_loop().run_in_executor(None, self.write)
        if command == "migrate-incoming":
            self.reading = asyncio.get_running_loop().run_in_executor(None, self.read)
        return {}

    def write(self):
        with os.fdopen(self.descriptor, "wb") as file:
            file.write(self.state)

    def read(self):
        with os.fdopen(self.descriptor, "rb") as file:
            self.state += file.read()


def test_a_state_goes_from_one_to_another():
    async def moved():
        one, other = Qemu("active", "completed", state=STATE), Qemu("active", "completed")
        await migration.restore(other, await migration.save(one))
        await other.reading
        return one, other

    one, other = event_loop.call(moved(), timeout_s=30)
    assert other.state == STATE
    assert one.commands[0] == "stop"
    assert other.commands[-1] == "cont"


def test_a_state_that_qemu_refuses_is_told():
    async def refused():
        qemu = Qemu("failed")
        try:
            await migration.restore(qemu, b"nonsense")
        finally:
            await qemu.reading

    with pytest.raises(LabUnavailable, match="is failed"):
        event_loop.call(refused(), timeout_s=30)


def test_a_state_has_a_bound(monkeypatch):
    monkeypatch.setattr(migration, "MOST_STATE_BYTES", 1000)
    with pytest.raises(LabUnavailable, match="more than 1,000 bytes"):
        event_loop.call(migration.save(Qemu("completed", state=bytes(1001))), timeout_s=30)
