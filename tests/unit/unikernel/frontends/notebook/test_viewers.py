"""Who looks at a panel: pages that go without a word, and kernels that run a cell meanwhile."""

import asyncio
import threading

import pytest

from unikernel.frontends.notebook.widgets import viewers
from unikernel.frontends.notebook.widgets.viewers import Viewers


@pytest.fixture
def brief(monkeypatch):
    monkeypatch.setattr(viewers, "LEASE_S", 0.02)
    monkeypatch.setattr(viewers, "GRACE_S", 0.02)


@pytest.fixture
def kernel():
    """A loop in a thread of its own that takes messages, as a kernel's does."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def made_in(loop):
    async def make():
        return Viewers()

    return asyncio.run_coroutine_threadsafe(make(), loop).result(5)


async def nobody_looks(seen):
    async with asyncio.timeout(5):
        while seen.any():  # noqa: ASYNC110 (what is asked is what is tried)
            await asyncio.sleep(0.005)


def test_word_of_a_view_is_told_from_the_word_of_a_new_one():
    async def play():
        seen = Viewers()
        assert not seen.any()
        assert seen.watch("a")
        assert not seen.watch("a")
        assert seen.any()
        seen.unwatch("a")
        seen.unwatch("never seen")
        assert not seen.any()
        assert seen.watch("a")

    asyncio.run(play())


def test_a_page_that_went_without_a_word_is_missed(brief, kernel):
    async def play():
        seen = made_in(kernel)
        seen.watch("a")
        assert seen.any()
        await nobody_looks(seen)
        assert seen.watch("a")

    asyncio.run(play())


def test_a_page_is_not_missed_while_the_kernel_runs_a_cell(brief, kernel):
    async def play():
        seen, ended = made_in(kernel), threading.Event()
        kernel.call_soon_threadsafe(ended.wait, 10)  # the cell
        seen.watch("a")
        for _ in range(40):
            await asyncio.sleep(0.005)
            assert seen.any()
        ended.set()
        await nobody_looks(seen)

    asyncio.run(play())


def test_without_a_kernel_a_silent_page_is_missed_at_once(brief):
    seen = Viewers()

    async def play():
        seen.watch("a")
        await nobody_looks(seen)

    asyncio.run(play())


def test_there_are_so_many_views_and_no_more():
    async def play():
        seen = Viewers()
        for number in range(10 * viewers.MOST):
            seen.watch(str(number))
        assert len(seen._until_s) == viewers.MOST

    asyncio.run(play())
