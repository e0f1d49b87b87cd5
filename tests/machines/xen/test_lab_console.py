"""Consoles of domains through dom0's agent: whole, and no faster than they are read."""

import asyncio
import contextlib

import pytest

from unikernel.errors import HypervisorLost
from unikernel.host import event_loop
from unikernel.machines.xen.lab import wire
from unikernel.machines.xen.lab.lab import Lab
from unikernel_toolchain import Config, build

pytestmark = pytest.mark.boot

TIME_LIMIT_S = 180
LINES = 40_000
FLOOD = f"""
let start () =
  for number = 1 to {LINES} do
    Printf.printf "line %d\\n" number
  done;
  print_endline "all said"
"""
SETTINGS = """
name = "{name}"
type = "pvh"
kernel = "/run/{name}.elf"
memory = 64
vcpus = 1
on_poweroff = "preserve"
on_crash = "preserve"
"""


class Domain:
    """A domain of the lab's, and what its console said."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        self.said = bytearray()
        self.over = asyncio.Event()

    async def xl(self, *words):
        done = await self.lab.dom0.run(("xl", *words))
        assert done.status == 0, done.errors
        return done.output

    def take(self, data):
        self.said += data
        if b"all said" in self.said[-100:]:
            self.over.set()

    async def begin(self, image):
        await self.lab.dom0.put(f"/run/{self.name}.elf", image)
        await self.lab.dom0.put(f"/run/{self.name}.cfg", SETTINGS.format(name=self.name).encode())
        await self.xl("create", "-p", f"/run/{self.name}.cfg")
        number = int(await self.xl("domid", self.name))
        self.console = await self.lab.dom0.console(number, self.take)
        await self.xl("unpause", self.name)

    def lines(self):
        return [line for line in self.said.decode().splitlines() if line.startswith("line")]


@contextlib.asynccontextmanager
async def domain(lab, name):
    flood = build(Config("flood", {"cell.ml": FLOOD}, target="xen"))
    made = Domain(lab, name)
    await made.begin(flood.path.read_bytes())
    try:
        yield made
    finally:
        if not lab.ended.done():
            await made.xl("destroy", name)
            async with asyncio.timeout(20):
                await made.console.ended
        await made.console.close()


def with_domain(name, body):
    async def run():
        lab = await Lab.shared()
        async with domain(lab, name) as made:
            return await body(made)

    return event_loop.call(run(), timeout_s=TIME_LIMIT_S)


EXPECTED = [f"line {number}" for number in range(1, LINES + 1)]


def test_a_flood_is_whole_and_dom0_answers_meanwhile():
    async def body(domain):
        answers = 0
        while not domain.over.is_set():
            await domain.lab.dom0.run(("true",))
            answers += 1
        return domain.lines(), answers

    lines, answers = with_domain("flood", body)
    assert lines == EXPECTED
    assert answers > 1


def test_a_guest_waits_for_a_console_that_is_held():
    async def body(domain):
        domain.console.hold(held=True)
        begun = len(domain.said)
        await asyncio.sleep(3)
        assert len(domain.said) - begun <= wire.WINDOW
        assert not domain.over.is_set()
        domain.console.hold(held=False)
        async with asyncio.timeout(60):
            await domain.over.wait()
        return domain.lines()

    assert with_domain("held", body) == EXPECTED


def test_a_console_that_is_held_can_be_closed():
    async def body(domain):
        domain.console.hold(held=True)
        await asyncio.sleep(1)
        async with asyncio.timeout(20):
            await domain.console.close()
        return domain.console.ended.done()

    assert with_domain("closed", body)


def test_a_console_ends_with_the_lab():
    async def run():
        lab = await Lab.restored()
        try:
            async with domain(lab, "killed") as made:
                await lab.close()
                async with asyncio.timeout(20):
                    await made.console.ended
                with pytest.raises(OSError, match="ended"):
                    await made.console.send(b"x")
                with pytest.raises(HypervisorLost):
                    await lab.dom0.console(1, lambda _: None)
        finally:
            await lab.close()

    event_loop.call(run(), timeout_s=TIME_LIMIT_S)
