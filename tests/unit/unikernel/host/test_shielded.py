"""Work whose waiter is interrupted: it goes on, and its failure is no line of a log."""

import asyncio
import gc

import pytest

from unikernel.host.shielded import shielded


async def begin(failing):
    """Return work under way, what lets it end, and who waits for it."""
    go_on = asyncio.Event()

    async def work():
        await go_on.wait()
        if failing:
            raise OSError("the disk is full")
        return 7

    task = asyncio.create_task(work())
    waiter = asyncio.create_task(shielded(task))
    await asyncio.sleep(0)
    return task, go_on, waiter


@pytest.mark.parametrize("failing", [False, True])
def test_work_outlives_who_waits_and_its_failure_is_not_logged(failing, caplog):
    async def body():
        task, go_on, waiter = await begin(failing)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
        go_on.set()
        await asyncio.wait((task,))
        return not task.cancelled()

    assert asyncio.run(body())
    gc.collect()
    assert caplog.messages == []


def test_who_waits_gets_what_the_work_returns_or_raises():
    async def body(failing):
        _, go_on, waiter = await begin(failing)
        go_on.set()
        return await waiter

    assert asyncio.run(body(failing=False)) == 7
    with pytest.raises(OSError, match="full"):
        asyncio.run(body(failing=True))
