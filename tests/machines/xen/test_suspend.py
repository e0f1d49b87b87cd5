"""A guest is saved and restored by xl: it goes on where it was, and knows how long that took."""

import asyncio
import re

import pytest
from support.guests import guest_programs

from unikernel.host import event_loop
from unikernel.machines.xen.lab.lab import Lab

pytestmark = pytest.mark.boot

TIME_LIMIT_S = 180
ANSWERS_WITHIN_S = 30
NAME = "held"
KERNEL, CONFIG, SAVED = (f"/run/{NAME}.{suffix}" for suffix in ("elf", "xl", "save"))
CONFIGURATION = f"""
name = "{NAME}"
type = "pvh"
kernel = "{KERNEL}"
memory = 4
vcpus = 1
tsc_mode = "native"
on_poweroff = "preserve"
on_crash = "preserve"
on_reboot = "preserve"
"""
SECOND_NS = 10**9
CLOCKS_DIFFER_NS = 2 * SECOND_NS  # a clock that is looked at now and then, and by the second


class Held:
    """The domain NAME, whose program is c_idle, in a dom0."""

    def __init__(self, dom0):
        self.dom0 = dom0
        self.heard = bytearray()
        self.news = asyncio.Event()
        self.console = None
        self.asked = 0

    async def xl(self, *words):
        done = await self.dom0.run(("xl", *words))
        assert done.status == 0, done.errors
        return done.output.decode()

    async def attach(self):
        number = int(await self.xl("domid", NAME))
        self.console = await self.dom0.console(number, self._hear)

    def _hear(self, data):
        self.heard.extend(data)
        self.news.set()

    async def says(self, pattern):
        wanted = re.compile(pattern, re.MULTILINE)
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            while not (found := wanted.search(self.heard.decode())):
                self.news.clear()
                await self.news.wait()
        return found

    async def ask(self, letter):
        """Type a letter, and return the numbers of its answer."""
        self.asked += 1
        await self.console.send(letter.encode())
        found = await self.says(rf"^{self.asked}: (.*)\r?\n")
        return [int(word) for word in found[1].split() if word.isdigit()]


def with_held(body):
    """Run `body(held)` with a domain that has said that it is ready."""
    image = guest_programs.build("c_idle", "xen")

    async def run():
        held = Held((await Lab.shared()).dom0)
        await held.dom0.put(KERNEL, image.path.read_bytes())
        await held.dom0.put(CONFIG, CONFIGURATION.encode())
        await held.xl("create", "-p", CONFIG)
        try:
            await held.attach()
            await held.xl("unpause", NAME)
            await held.says("^ready")
            await body(held)
        finally:
            await held.dom0.run(("xl", "destroy", NAME))
            await held.dom0.run(("rm", "-f", KERNEL, CONFIG, SAVED))

    event_loop.call(run(), timeout_s=TIME_LIMIT_S)


async def goes_on(held, monotonic_ns, wall_ns):
    """Look at clocks, sleep, console and store of a guest held since it told these times."""
    later_ns, wall_later_ns = await held.ask("t")
    assert later_ns > monotonic_ns
    assert abs((later_ns - monotonic_ns) - (wall_later_ns - wall_ns)) < CLOCKS_DIFFER_NS
    (slept_ns,) = await held.ask("s")
    assert slept_ns >= SECOND_NS
    await held.xl("shutdown", "-w", NAME)


def test_a_guest_that_was_restored_goes_on():
    async def body(held):
        told = await held.ask("t")
        await held.xl("save", NAME, SAVED)
        await held.xl("restore", "-p", SAVED)
        await held.attach()
        await held.xl("unpause", NAME)
        await goes_on(held, *told)

    with_held(body)


def test_a_guest_that_was_only_copied_goes_on():
    """The toolstack takes the suspend back: no port and no page is another one."""

    async def body(held):
        told = await held.ask("t")
        await held.xl("save", "-c", NAME, SAVED)
        await goes_on(held, *told)

    with_held(body)
