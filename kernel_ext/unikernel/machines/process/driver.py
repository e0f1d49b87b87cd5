"""The driver of guests that are processes of Linux, which are sent signals."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from unikernel.errors import UsageError
from unikernel.guest.boot_trace import Join
from unikernel.guest.timeline import process_timeline
from unikernel.host.run_folder import RunFolder
from unikernel.machines import under_debugger
from unikernel.machines.captures import AT_BOOT
from unikernel.machines.core import requests
from unikernel.machines.core.attached import AttachedSide
from unikernel.machines.core.driver import Driver
from unikernel.machines.core.launch import Launch
from unikernel.machines.core.owned import OwnerSide
from unikernel.machines.core.side import Side
from unikernel.machines.sampling import sampled
from unikernel.machines.snapshots.taking import Saved
from unikernel.machines.usage import Usage
from unikernel.model import advised
from unikernel.model.accelerator import Accelerator
from unikernel.model.debugging.samples import Samples
from unikernel.model.network import Network, Tap, User
from unikernel.model.port_forward import Forward
from unikernel.model.spec import Spec
from unikernel.model.state import State
from unikernel.model.targets import UNIX
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.tools import locate

from . import command_line, disks, memory, user_ports
from .ptrace import Ptrace
from .resources import ProcessResources
from .spawn import ImageProcess
from .usage import usage

NATIVE = Accelerator("native", "the CPU itself, without a hypervisor")


class ProcessDriver(Driver):
    """Guests that Linux itself runs, on the CPU itself."""

    carrier = "process"
    can_reset = False
    has_snapshots = False
    can_snapshot = True
    keeps_disks = (
        "it is a process, which opens them when it starts and can be given none afterwards"
    )

    def choose(self, image: Image, spec: Spec) -> tuple[Accelerator, str]:
        """Return the CPU, and the image, which is the program."""
        command_line.check(spec)
        return NATIVE, str(image.path)

    def check(self, spec: Spec) -> None:
        """Raise UsageError for disks that only QEMU reads, ToolMissing for a core without gdb."""
        disks.check(spec)
        if spec.core:
            locate.require("gdb")

    def join(self) -> Join:
        """Return the function for a boot without a virtual machine's beginning."""
        return process_timeline

    def kind(self, spec: Spec) -> str:  # noqa: ARG002
        """Return the word for a process."""
        return UNIX.kind

    def command(self, launch: Launch, spec: Spec) -> str:
        """Return the image's own command, its devices attached to taps."""
        return command_line.paste(launch.image.path, spec)

    def resources(self, owner: OwnerSide, folder: RunFolder) -> ProcessResources:
        """Prepare channels and networks."""
        return ProcessResources(owner, folder)

    async def pause(self, side: Side) -> None:
        """Hold the process (SIGSTOP)."""
        side.lifecycle.require("paused", State.RUNNING)
        async with side.lifecycle.becoming(State.PAUSED):
            side.send(signal.SIGSTOP)
        if side.lifecycle.exit:
            side.lifecycle.require("paused", State.RUNNING)

    async def resume(self, side: Side) -> None:
        """Let a held process go on (SIGCONT)."""
        side.lifecycle.require("resumed", State.PAUSED)
        async with side.lifecycle.becoming(State.RUNNING):
            side.send(signal.SIGCONT)

    async def reset(self, side: Side) -> None:
        """Raise UsageError: a process has no beginning to go back to."""
        anew = advised.boot(side.image.name, side.name, "--replace")
        raise UsageError(
            f"{side.name!r} is a process, which cannot be reset in place.",
            hint=f"Start it anew: %unikernel {anew}",
        )

    async def qmp(self, side: Side, command: str, _: Mapping[str, Any] | None = None) -> object:
        """Raise UsageError: no QEMU runs the guest."""
        raise UsageError(
            f"{side.name!r} is a process: no QEMU runs it that would understand {command!r}.",
            hint="pause, resume, stop, console and ps do without QMP; gdb attaches to "
            f"process {side.pid}.",
        )

    def check_save(self, side: OwnerSide) -> None:
        """Raise nothing: there is always the memory."""

    async def save(self, side: OwnerSide, folder: Path) -> Saved:  # noqa: ARG002
        """Return where its memory is: Linux saves nothing else of a process."""
        assert side.pid
        pointer = memory.stack_pointer(side.pid)
        return Saved(side.pid, tuple(memory.writable(side.pid, side.name)), pointer)

    async def sample(self, side: OwnerSide, seconds: float, hertz: float) -> Samples:
        """Look at the process with ptrace(2)."""
        with side.lifecycle.occupied("profiled", State.RUNNING):
            assert isinstance(side.resources, ProcessResources)
            process = side.resources.process
            assert isinstance(process, ImageProcess)
            look = partial(Ptrace, process.pid, process.traps)
            return await sampled(look, side.image.debug_path, seconds, hertz)

    async def ask_to_end(self, side: Side) -> None:
        """Ask the process to end (SIGTERM). Under a debugger it would not hear of it: SIGKILL."""
        if under_debugger.pid(side.folder):
            if isinstance(side, AttachedSide):  # the owner is to know why it is killed
                await side.ask(requests.END)
                return
            side.send(signal.SIGKILL)
            under_debugger.end(side.folder)
            return
        side.send(signal.SIGTERM)
        side.send(signal.SIGCONT)  # one that is held takes the other signal when it goes on

    async def usage(self, side: OwnerSide) -> Usage:
        """Return what Linux counts of the process."""
        return usage(side.spec, _ours(side))

    def why_no_capture(self, network: Network) -> str:
        """Return why not: a tap's frames do not come by this process."""
        return AT_BOOT if isinstance(network, Tap) else ""

    async def start_capture(self, side: OwnerSide, device: str, path: str) -> None:
        """Write frames in our switch, or in the QEMU beside the process."""
        number = list(side.spec.nets).index(device)
        await _ours(side).networks.start_capture(number, device, path)

    async def stop_capture(self, side: OwnerSide, device: str) -> None:
        """End that."""
        number = list(side.spec.nets).index(device)
        await _ours(side).networks.stop_capture(number, device)

    async def forward(self, side: Side, port: Forward) -> tuple[str, User, Forward]:
        """Forward `port` in the QEMU beside the process."""
        return await user_ports.forward(side, port)

    async def unforward(self, side: Side, port: Forward) -> tuple[str, User]:
        """End a forward of the QEMU beside the process."""
        return await user_ports.unforward(side, port)


def _ours(side: Side) -> ProcessResources:
    assert isinstance(side.resources, ProcessResources)
    return side.resources
