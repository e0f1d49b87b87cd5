"""A machine without a hypervisor: for tests of what is shown and what is called."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from signal import SIGCONT, SIGSTOP, Signals
from types import MappingProxyType
from typing import Any, Protocol

import pytest

from support.images import image_of
from unikernel import images
from unikernel.guest.console import Console
from unikernel.machines import attach, registry
from unikernel.machines.core.disk_change import DiskChange
from unikernel.machines.core.driver import Driver
from unikernel.machines.core.lifecycle import Lifecycle
from unikernel.machines.core.machine import Machine
from unikernel.machines.core.side import Side
from unikernel.machines.process.driver import ProcessDriver
from unikernel.machines.qemu.driver import QemuDriver
from unikernel.machines.usage import Usage
from unikernel.machines.xen.driver import XenDriver
from unikernel.machines.xen.xl import words
from unikernel.model.block import Block
from unikernel.model.debugging.samples import Samples
from unikernel.model.measurement import Scalar
from unikernel.model.spec import Spec
from unikernel.model.state import Cause, Exit, State
from unikernel_toolchain.model.image import Image


def fake_image(folder: Path, name: str = "hello", **changes: Any) -> Image:
    path = folder / "image"
    path.write_bytes(b"")
    facts = {"language": "ocaml", "size_bytes": 123_456, "build_s": 0.14, **changes}
    return image_of(path, name, **facts)


class OnlyThese(Protocol):
    """Makes these images and machines, and others' machines, the only ones that are known."""

    def __call__(
        self,
        known: Iterable[Image],
        machines: Iterable[Machine],
        others: Sequence[Machine] = (),
    ) -> None: ...


@contextmanager
def known_alone() -> Iterator[OnlyThese]:
    """Give what sets all that is known: images, machines, and those of other processes."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(attach, "machines_async", _no_machines)

        def only_these(
            known: Iterable[Image], machines: Iterable[Machine], others: Sequence[Machine] = ()
        ) -> None:
            stack.close()
            # Here and not by the test's own monkeypatch, which may be undone after this one.
            patch.setattr(attach, "machines", lambda: tuple(others))
            stack.enter_context(images.replaced(known))
            stack.enter_context(registry.replaced(machines))

        only_these((), ())
        yield only_these


async def _no_machines() -> tuple[Machine, ...]:
    return ()


def only_one(only_these: OnlyThese, folder: Path) -> FakeMachine:
    """Make a session know one image and its machine, which is returned."""
    image = fake_image(folder)
    machine = FakeMachine(image)
    only_these([image], [machine])
    return machine


class FakeConsole(Console):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.typed = b""

    async def send(self, data: bytes) -> None:
        self.typed += data


Commands = list[tuple[str, Mapping[str, Any] | None]]


class FakeSide(Side):
    """A side without a process: it keeps what was asked of it."""

    pid = owner_pid = 4711
    remark = accelerator = command = program = ""
    timeline = None
    started_at = 0.0
    console = FakeConsole("")  # each has its own
    used: Usage | None = None

    def __init__(
        self, machine: FakeMachine, image: Image, name: str, spec: Spec, driver: Driver
    ) -> None:
        super().__init__(name, image, spec, driver)
        self.machine = machine
        self.lifecycle = Lifecycle(machine, driver.carrier)
        self.lifecycle.state = State.RUNNING
        self.commands: Commands = []
        self.accelerator, self.program = machine.fake_accelerator, machine.fake_program
        self.command = self.program
        self.started_at = time.time()
        self.console = FakeConsole(name)

    disk_descriptors: Mapping[str, Sequence[int]] = MappingProxyType({})

    def send(self, number: Signals) -> None:
        self.commands.append((number.name, None))
        if number in {SIGSTOP, SIGCONT}:
            self.lifecycle.become(State.PAUSED if number == SIGSTOP else State.RUNNING)

    def end(self, ended: Exit) -> Exit:
        self.lifecycle.exit = ended
        self.console.close("has ended")
        self.lifecycle.become(State.EXITED)
        return ended

    async def change_disk(self, change: DiskChange) -> None:
        self.driver.check_exchange(self)
        now = self.spec.blocks[change.device]
        change.check(self.name, now)
        self.commands.append((change.action, change.facts()))
        becomes = change.disk or Block(empty=True, read_only=now.read_only)
        if change.action == "resize":
            becomes = replace(now, size_bytes=change.size_bytes)
        self.spec = replace(self.spec, blocks={**self.spec.blocks, change.device: becomes})

    async def note_hold(self, *, held: bool) -> None:
        self.lifecycle.become(State.PAUSED if held else State.RUNNING)

    async def start_capture(self, device: str, path: str) -> None:
        await self.driver.start_capture(self, device, path)  # type: ignore[arg-type]
        await super().start_capture(device, path)

    async def stop_capture(self, device: str) -> None:
        await self.driver.stop_capture(self, device)  # type: ignore[arg-type]
        await super().stop_capture(device)

    async def usage(self) -> Usage:
        return self.used or Usage(at_s=time.monotonic())

    async def change_snapshots(self, action: str, name: str) -> None:
        self.commands.append((f"snapshot {action}", {"name": name}))

    async def sample(self, seconds: float, hertz: float) -> Samples:
        self.commands.append(("sample", {"seconds": seconds, "hertz": hertz}))
        return Samples({(0x100001,): 3}, idle=1, seconds=seconds, held_s=0.01)

    async def ended(self) -> Exit:
        return self.lifecycle.exit or Exit(Cause.EXIT, 0, "")

    async def stop(self, timeout_s: float) -> Exit:
        return self.lifecycle.exit or self.end(Exit(Cause.STOPPED))


class FakeQemu(QemuDriver):
    """QEMU's driver without a QEMU."""

    async def reset(self, side: Side) -> None:
        _commands(side).append(("system_reset", None))

    async def qmp(
        self, side: Side, command: str, arguments: Mapping[str, Any] | None = None
    ) -> object:
        _commands(side).append((command, arguments))
        if command in {"stop", "cont"}:
            side.lifecycle.become(State.PAUSED if command == "stop" else State.RUNNING)
        return {"status": "running"}


def _commands(side: Side) -> Commands:
    assert isinstance(side, FakeSide)
    return side.commands


class FakeMachine(Machine):
    driver: Driver = FakeQemu()
    fake_accelerator = "tcg"
    fake_program = "qemu-system-x86_64"

    def __init__(self, image: Image, name: str = "hello", **spec: Any) -> None:
        side = self._fake_side = FakeSide(self, image, name, Spec(**spec), self.driver)
        super().__init__(side)
        self.commands = side.commands

    @property
    def console(self) -> FakeConsole:
        return self._fake_side.console

    async def change_disk(self, change: DiskChange) -> None:
        await self._fake_side.change_disk(change)

    def dimensions(self) -> Mapping[str, Scalar]:
        return {"image": self.image.name}

    def end(self, cause: Cause = Cause.EXIT, status: int | None = 0, message: str = "") -> None:
        self._fake_side.end(Exit(cause, status, message))


class FakeXen(XenDriver):
    """Xen's driver without a dom0."""

    async def xl(self, side: Side, arguments: Sequence[str]) -> str:
        words.argv(arguments)
        _commands(side).append((" ".join(arguments), None))
        return "said\x1b[2J\n"


class FakeDomain(FakeMachine):
    driver = FakeXen()
    fake_accelerator = "xen lab (TCG)"


class FakeProcess(FakeMachine):
    driver = ProcessDriver()
    fake_accelerator = "native"
    fake_program = "/cache/image"
