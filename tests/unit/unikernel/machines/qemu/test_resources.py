"""What is taken note of when QEMU tells of a hold and its end, whenever its answers come."""

import asyncio
from types import SimpleNamespace

import pytest
from support.fake_machine import FakeMachine, fake_image

from unikernel.host import event_loop
from unikernel.machines.core.lifecycle import Lifecycle
from unikernel.machines.qemu.resources import QemuResources
from unikernel.model.state import State


def without_qemu(log, **owner):
    """Return resources whose QEMU is not needed; `log` has what they do, in its order."""
    resources = object.__new__(QemuResources)
    resources.owner = SimpleNamespace(begin_anew=lambda: log.append("begins anew"), **owner)
    for name in ("console", "trace"):
        take = lambda name=name: log.append(f"takes the {name}")  # noqa: E731
        setattr(resources, name, SimpleNamespace(take_arrived=take))
    return resources


@pytest.mark.parametrize("answered", ["before", "with", "after", "after, running"])
def test_a_short_hold_is_told_in_its_order_and_over(answered, tmp_path):
    machine = FakeMachine(fake_image(tmp_path))
    lifecycle = Lifecycle(machine, "hypervisor")
    lifecycle.state = State.RUNNING
    told = []
    lifecycle.on_change(lambda _: told.append(lifecycle.state))

    async def hold():
        resources = without_qemu([], lifecycle=lifecycle, begin_run=lambda: None)
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


def test_a_boot_ends_with_what_it_has_said_and_firmware_begins_no_other(tmp_path):
    """The events of a reset: SeaBIOS on PCI does it once more, when the guest may speak again."""
    done = []
    lifecycle = Lifecycle(FakeMachine(fake_image(tmp_path)), "hypervisor")

    async def reset():
        resources = without_qemu(done, lifecycle=lifecycle, begin_run=lambda: None)
        answer = asyncio.get_running_loop().create_future()
        answer.set_result({"status": "running"})
        resources.session = SimpleNamespace(execute=lambda _: answer)
        for event in ("RESUME", "STOP", "RESET", "RESUME", "RESET", "RESET"):
            resources._on_event(event, {})
        await asyncio.sleep(0.01)  # in which the task that asks ends

    event_loop.call(reset(), timeout_s=20)
    assert done == ["takes the console", "takes the trace", "begins anew"]
