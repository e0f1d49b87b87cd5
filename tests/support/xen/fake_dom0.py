"""A dom0 that is a few dictionaries: xl and xenstore as they answer, of Xen 4.17.

Guests are told what to say and how to end by the test that has booted them.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from unikernel.disks import Disk
from unikernel.errors import Dom0Refused, HypervisorLost
from unikernel.machines.xen import dom0 as contract
from unikernel.machines.xen.dom0 import Done, Receive
from unikernel.machines.xen.place import Place
from unikernel.machines.xen.xl.config import Vbd, Vif
from unikernel.networks.backend import Backend

HEADER = (
    "Name                                        ID   Mem VCPUs\tState\tTime(s)"
    "   UUID                            Reason-Code\tSecurity Label\n"
)
BUILDER = (
    'domainbuilder: detail: xc_dom_allocate: cmdline="", features=""\n',
    "domainbuilder: detail: xc_dom_set_gnttab_entry: dNUMBER gnt[0] -> d0 0xfefff\n",
    "domainbuilder: detail: xc_dom_release: called\n",
)

Answer = tuple[int, str, str]  # status, output, errors
DONE: Answer = (0, "", "")


@dataclass
class FakeGuest:
    """A domain: what xl has made of a configuration."""

    number: int
    name: str
    config: dict[str, str]
    image: bytes
    paused: bool = True
    reason: int | None = None
    typed: bytes = b""
    held: bool = False
    receive: Receive = lambda _: None
    consoles: list[FakeConsole] = field(default_factory=list)

    def row(self) -> str:
        state = "".join(
            ("-", "-", "p" if self.paused else "-", "-" if self.reason is None else "s")
        )
        crashed = "c" if self.reason == 3 else "-"
        reason = "       -" if self.reason is None else f"{self.reason:8x}"
        return (
            f"{self.name:<40} {self.number:5} {32:5} {1:5}     {state}{crashed}-  {0.1:8.1f}"
            f" 00000000-0000-4000-8000-000000000001 {reason}                -\n"
        )


class FakeConsole(contract.Console):
    def __init__(self, guest: FakeGuest) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self._guest = guest

    async def send(self, data: bytes) -> None:
        if self.ended.done():
            raise BrokenPipeError
        self._guest.typed += data

    def hold(self, *, held: bool) -> None:
        self._guest.held = held

    async def close(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class FakeRunning(contract.Running):
    def __init__(self) -> None:
        self.ended = asyncio.get_running_loop().create_future()

    def kill(self) -> None:
        self.end(-9)

    def end(self, status: int) -> None:
        if not self.ended.done():
            self.ended.set_result(status)


class FakeDom0(contract.Dom0):
    """Keeps what was run in `ran`; `fails` makes a program of these first words fail so."""

    def __init__(self) -> None:
        self.guests: dict[int, FakeGuest] = {}
        self.files: dict[str, bytes] = {}
        self.store: dict[str, str] = {}
        self.ran: list[list[str]] = []
        self.fails: dict[str, str] = {}
        self.silent: set[str] = set()  # programs that do not end in time
        self.are_deaf = False  # the guests, who else power off when they are asked to
        self._watches: list[tuple[FakeRunning, Sequence[str], Receive]] = []
        self._numbers = itertools.count(1)
        self.on_unpause: Callable[[FakeGuest], None] = lambda _: None

    @property
    def guest(self) -> FakeGuest:
        """The domain that was made last."""
        return self.guests[max(self.guests)]

    # What a guest does.

    def trace(self, data: bytes, guest: FakeGuest | None = None) -> None:
        self.write(f"/local/domain/{(guest or self.guest).number}/data/unikernel-trace", data.hex())

    def write(self, path: str, value: str) -> None:
        self.store[path] = value
        self._tell(path)

    def shut_down(self, reason: int, guest: FakeGuest | None = None) -> None:
        (guest or self.guest).reason = reason
        self._tell("@releaseDomain")

    def remove(self, guest: FakeGuest) -> None:
        self.guests.pop(guest.number, None)
        for console in guest.consoles:
            if not console.ended.done():
                console.ended.set_result(None)
        self._tell("@releaseDomain")

    def _tell(self, path: str) -> None:
        for running, paths, receive in self._watches:
            if path in paths and not running.ended.done():
                receive(f"{path}\n".encode())

    # What is run.

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout_s: float = 30.0
    ) -> Done:
        await asyncio.sleep(0)
        words = list(argv)
        self.ran.append(words)
        if " ".join(words[:2]) in self.silent:
            raise Dom0Refused(f"{words[0]} did not end within {timeout_s:g} s.")
        status, output, errors = self._do(words)
        return Done(status, output.encode(), errors.encode(), 0, 0)

    def _do(self, words: list[str]) -> Answer:
        if error := self.fails.get(" ".join(words[:2])):
            return 1, "", f"{error}\n"
        answers = (self._of_one_domain(words), self._of_xen(words), self._of_dom0(words))
        return next(filter(None, answers), (0, f"{' '.join(words)} was run\n", ""))

    def _of_one_domain(self, words: list[str]) -> Answer | None:
        match words:
            case ["xl", "list", "-v", number]:
                found = self.guests.get(int(number))
                if found is None:
                    return 1, "", f"libxl: error: libxl_domain.c:1:f: Domain {number}:not found\n"
                return 0, HEADER + found.row(), ""
            case ["xl", "domid", name]:
                numbers = [one.number for one in self.guests.values() if one.name == name]
                return (0, f"{numbers[0]}\n", "") if numbers else (1, "", "no such domain\n")
            case ["xl", "pause" | "unpause" as action, number]:
                self._hold(self.guests[int(number)], held=action == "pause")
                return DONE
            case ["xl", "destroy", domain]:
                for one in list(self.guests.values()):
                    if domain in {str(one.number), one.name}:
                        self.remove(one)
                return DONE
        return None

    def _of_xen(self, words: list[str]) -> Answer | None:
        match words:
            case ["xl", "list"]:
                return 0, HEADER + "".join(one.row() for one in self.guests.values()), ""
            case ["xl", "info"]:
                return 0, "host : lab\nfree_memory            : 210\n", ""
            case ["xl", "dmesg"]:
                return 0, "(XEN) d1v0 Triple fault - invoking HVM shutdown action 1\n", ""
        return None

    def _of_dom0(self, words: list[str]) -> Answer | None:
        match words:
            case ["xenstore-write", path, value]:
                self.write(path, value)
                if not self.are_deaf and path.endswith("/control/shutdown"):
                    self.shut_down(0, self.guests[int(path.split("/")[3])])
                return DONE
            case ["xenstore-read", path]:
                return (0, f"{self.store[path]}\n", "") if path in self.store else (1, "", "no\n")
            case ["rm", "-f", *paths]:
                for path in paths:
                    self.files.pop(path, None)
                return DONE
        return None

    def _hold(self, guest: FakeGuest, *, held: bool) -> None:
        guest.paused = held
        if not held:
            self.on_unpause(guest)

    async def start(self, argv: Sequence[str], receive: Receive) -> FakeRunning:
        await asyncio.sleep(0)
        words = list(argv)
        self.ran.append(words)
        running = FakeRunning()
        if words[0] == "xenstore-watch":
            self._watches.append((running, words[1:], receive))
            receive("".join(f"{path}\n" for path in words[1:]).encode())
        elif "create" in words and "create" not in self.silent:
            loop = asyncio.get_running_loop()
            loop.call_soon(self._create, words[-1], receive, running, "-p" in words)
        return running

    def _create(self, path: str, receive: Receive, running: FakeRunning, held: bool) -> None:
        if running.ended.done():
            return
        if error := self.fails.get("xl create"):
            receive(error.encode() + b"\n")
            running.end(3)
            return
        text = self.files[path].decode()
        config = dict(line.split(" = ", 1) for line in text.splitlines())
        name = config["name"].strip('"')
        number = next(self._numbers)
        kernel = config["kernel"].strip('"')
        image = b"" if kernel.startswith("/dev/") else self.files[kernel]
        for line in BUILDER:
            receive(line.replace("NUMBER", str(number)).encode())
        guest = self.guests[number] = FakeGuest(number, name, config, image)
        guest.paused = held
        self.store[f"/local/domain/{number}/name"] = name
        running.end(0)

    async def put(self, path: str, data: bytes, mode: int = 0o644) -> None:
        await asyncio.sleep(0)
        self.files[path] = data

    async def get(self, path: str) -> bytes:
        return self.files[path]

    async def console(self, domain_id: int, receive: Receive) -> FakeConsole:
        await asyncio.sleep(0)
        guest = self.guests[domain_id]
        guest.receive = receive
        console = FakeConsole(guest)
        guest.consoles.append(console)
        return console


class FakePlace(Place):
    """A place with such a dom0; `pid` is a process that lives."""

    def __init__(self, pid: int) -> None:
        self.dom0: FakeDom0 = FakeDom0()
        self.pid = pid
        self.ended = asyncio.get_running_loop().create_future()
        self.plugged: list[Vif | Vbd] = []
        self.given_up = ""

    def give_up(self, why: str) -> None:
        self.given_up = why

    @property
    def lost(self) -> str:
        return "QEMU was killed by SIGKILL, and Xen in it"

    @contextlib.asynccontextmanager
    async def in_use(self) -> AsyncIterator[None]:
        if self.ended.done():
            raise HypervisorLost("The lab is gone.")
        yield

    async def plug_net(self, backend: Backend) -> Vif:
        vif = Vif(f"net{len(self.plugged)}", backend.network.mac or "")
        self.plugged.append(vif)
        return vif

    async def plug_disk(self, disk: Disk) -> Vbd:
        vbd = Vbd(f"/dev/sd{chr(97 + len(self.plugged))}", disk.block.read_only)
        self.plugged.append(vbd)
        return vbd

    async def unplug(self, device: Vif | Vbd) -> None:
        self.plugged.remove(device)
