"""A machine without a hypervisor: for tests of what is shown and what is called."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from signal import SIGCONT, SIGSTOP, Signals
from typing import Any, Protocol

import pytest

from unikernel import images
from unikernel.guest.console import Console
from unikernel.machines import attach, registry
from unikernel.machines.core.guests import ProcessGuest, QemuGuest
from unikernel.machines.core.machine import Machine
from unikernel.model.measurement import Scalar
from unikernel.model.spec import Spec
from unikernel.model.state import Cause, Exit, State
from unikernel_toolchain.model.image import Image


def fake_image(folder: Path, name: str = "hello", **changes: Any) -> Image:
    path = folder / "image"
    path.write_bytes(b"")
    image = Image(
        name=name,
        path=path,
        debug_path=path,
        map_path=path,
        target="virtio",
        language="ocaml",
        digest="0" * 64,
        size_bytes=123_456,
        build_s=0.14,
        cached=False,
        log="",
        packages=(),
    )
    return replace(image, **changes)


class OnlyThese(Protocol):
    """Makes these images and machines the only ones that are known."""

    def __call__(self, known: Iterable[Image], machines: Iterable[Machine]) -> None: ...


@contextmanager
def known_alone() -> Iterator[OnlyThese]:
    """Give what sets all that is known; of other processes, nothing is."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(attach, "machines", tuple)

        def only_these(known: Iterable[Image], machines: Iterable[Machine]) -> None:
            stack.close()
            stack.enter_context(images.replaced(known))
            stack.enter_context(registry.replaced(machines))

        only_these((), ())
        yield only_these


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


class Fake(Machine):
    pid = 4711
    command = "qemu-system-x86_64"
    program = "qemu-system-x86_64"
    timeline = None
    started_at = 0.0

    def __init__(self, image: Image, name: str = "hello", **spec: Any) -> None:
        super().__init__(name, image, Spec(**spec))
        self._console = FakeConsole(name)
        self.started_at = time.time()
        self.state = State.RUNNING
        self.commands: list[tuple[str, Mapping[str, Any] | None]] = []

    @property
    def console(self) -> FakeConsole:
        return self._console

    def dimensions(self) -> Mapping[str, Scalar]:
        return {"image": self.image.name}

    def end(self, cause: Cause = Cause.EXIT, status: int | None = 0, message: str = "") -> None:
        self.exit = Exit(cause, status, message)
        self.console.close("has ended")
        self._become(State.EXITED)

    async def _stop(self, timeout_s: float) -> Exit:
        if self.exit is None:
            self.end(Cause.STOPPED, None)
        assert self.exit
        return self.exit

    async def _end(self) -> Exit:
        return self.exit or Exit(Cause.EXIT, 0, "")


class FakeMachine(QemuGuest, Fake):
    accelerator = "tcg"

    async def _reset(self) -> None:
        self.commands.append(("system_reset", None))

    async def _qmp(self, command: str, arguments: Mapping[str, Any] | None = None) -> Any:
        self.commands.append((command, arguments))
        if command in {"stop", "cont"}:
            self._become(State.PAUSED if command == "stop" else State.RUNNING)
        return {"status": "running"}


class FakeProcess(ProcessGuest, Fake):
    accelerator = "native"
    command = program = "/cache/image"

    def _send(self, number: Signals) -> None:
        self.commands.append((number.name, None))
        if number in {SIGSTOP, SIGCONT}:
            self._become(State.PAUSED if number == SIGSTOP else State.RUNNING)
