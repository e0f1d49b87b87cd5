"""What is taken note of when QEMU tells of a hold and its end, whenever its answers come."""

import asyncio
from types import SimpleNamespace

import pytest
from support.fake_machine import FakeMachine, fake_image

from unikernel.host import event_loop
from unikernel.machines.core.lifecycle import Lifecycle
from unikernel.machines.qemu.resources import QemuResources
from unikernel.model.state import State


@pytest.mark.parametrize("answered", ["before", "with", "after", "after, running"])
def test_a_short_hold_is_told_in_its_order_and_over(answered, tmp_path):
    machine = FakeMachine(fake_image(tmp_path))
    lifecycle = Lifecycle(machine, "hypervisor")
    lifecycle.state = State.RUNNING
    told = []
    lifecycle.on_change(lambda _: told.append(lifecycle.state))

    async def hold():
        resources = object.__new__(QemuResources)  # whose QEMU is not needed
        resources.owner = SimpleNamespace(lifecycle=lifecycle, begin_run=lambda: None)
        answer = asyncio.get_running_loop().create_future()
        resources.session = SimpleNamespace(execute=lambda _: answer)
        resources._on_event("STOP", {})
        for step in ("asked", "before", "with", "resumed", "after"):
            if step in answered:
                answer.set_result({"status": "running" if "running" in answered else "paused"})
            if step == "resumed":
                resources._on_event("RESUME", {})
            if step != "with":
                await asyncio.sleep(0.01)

    event_loop.call(hold(), timeout_s=20)
    assert told == [State.PAUSED, State.RUNNING]
