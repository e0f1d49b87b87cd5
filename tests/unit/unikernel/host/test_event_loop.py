import asyncio
import os
import signal
import threading
import time

import pytest

from unikernel.host import event_loop


async def thread_name():
    return threading.current_thread().name


async def for_ever(cancelled):
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        cancelled.set()
        raise


def test_work_runs_on_the_one_loop_thread():
    assert event_loop.call(thread_name()) == event_loop.THREAD_NAME
    assert asyncio.run(event_loop.wrap(thread_name())) == event_loop.THREAD_NAME
    assert event_loop.post(thread_name()).result(5) == event_loop.THREAD_NAME


def test_errors_come_back():
    async def fail():
        raise LookupError("there")

    with pytest.raises(LookupError, match="there"):
        event_loop.call(fail())
    with pytest.raises(LookupError, match="there"):
        asyncio.run(event_loop.wrap(fail()))


def test_a_timeout_cancels_the_work():
    cancelled = threading.Event()
    with pytest.raises(TimeoutError):
        event_loop.call(for_ever(cancelled), timeout_s=0.02)
    assert cancelled.wait(5)


def test_cancelling_the_awaiting_task_cancels_the_work():
    cancelled = threading.Event()

    async def give_up():
        async with asyncio.timeout(0.02):
            await event_loop.wrap(for_ever(cancelled))

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
    assert cancelled.wait(5)


@pytest.mark.parametrize("wait", [event_loop.call, lambda work: asyncio.run(event_loop.wrap(work))])
def test_an_interrupt_ends_the_waiting_at_once(wait):
    cancelled = threading.Event()
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        wait(for_ever(cancelled))
    assert time.monotonic() - begun < 2
    assert cancelled.wait(5)


def test_the_loop_cannot_wait_for_itself():
    async def inner():
        with pytest.raises(RuntimeError, match="event loop"):
            event_loop.call(thread_name())

    event_loop.call(inner())


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_gets_a_loop_of_its_own():
    event_loop.call(thread_name())
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, event_loop.call(thread_name(), timeout_s=5).encode())
        os._exit(0)
    os.close(writer)
    assert os.read(reader, 100).decode() == event_loop.THREAD_NAME
    os.close(reader)
    assert os.waitpid(child, 0)[1] == 0
