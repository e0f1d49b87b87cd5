"""A bad link between this host and a guest, or between two network namespaces.

    with Link(Impairment(loss=1)) as link, unikernel.boot(image, nets=link.nets):
        with link.host():
            connection = socket.create_connection((GUEST, 80))
        link.run("ping", "-c", "1", GUEST)

The host's end is the interface `host`, 10.9.0.1, of a namespace that is gone with the link. The
guest's end is a tap without address; without a guest, it is `peer`, 10.9.0.2, of a second
namespace. No end has offloads: what crosses the link are frames of the wire's size. Impairments are
tc-netem's, and apply to each direction. The program that carries the frames is in link/.
"""

import contextlib
import ctypes
import hashlib
import itertools
import os
import select
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any, Self

from support.networks.guest_network import may_make_taps
from unikernel.model import network
from unikernel.model.network import Network
from unikernel_toolchain.store import cache

SOURCE = Path(__file__).parent / "link"
HOST, GUEST, PREFIX = "10.9.0.1", "10.9.0.2", 24
HOST_V6, GUEST_V6 = "fd09::1", "fd09::2"
PATIENCE_S = 10
HERE = Path("/proc/thread-self/ns/net")
CLONE_NEWNET = 0x40000000
numbers = itertools.count()
libc = ctypes.CDLL(None, use_errno=True)

ADDRESSES = """
ip link set lo up
echo 0 >/proc/sys/net/ipv6/conf/{interface}/accept_dad
ip address add {v4}/{prefix} dev {interface}
ip -6 address add {v6}/64 dev {interface} nodad
ip link set {interface} up
"""


@dataclass(frozen=True)
class Impairment:
    """Probabilities in percent; each frame is delayed by `delay_ms` ± `jitter_ms`.

    Reordered frames are not delayed. At most `limit` frames wait in each direction.
    """

    loss: float = 0
    delay_ms: float = 0
    jitter_ms: float = 0
    reorder: float = 0
    duplicate: float = 0
    corrupt: float = 0
    limit: int = 1000
    seed: int = 1

    def __str__(self) -> str:
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in UNSAID}
        return " ".join(f"{name} {value}" for name, value in values.items() if value) or "none"

    def words(self) -> list[str]:
        delays = [str(round(ms * 1e6)) for ms in (self.delay_ms, self.jitter_ms)]
        shares = [str(p / 100) for p in (self.reorder, self.duplicate, self.corrupt)]
        return [str(self.loss / 100), *delays, *shares, str(self.limit), str(self.seed)]


UNSAID = {"limit", "seed"}


@dataclass(frozen=True)
class Tally:
    """Frames of one direction."""

    passed: int
    lost: int
    reordered: int
    duplicated: int
    corrupted: int
    overrun: int


def why_not() -> str:
    """Why this process can have no link; "" when it can."""
    if not may_make_taps():
        return "needs the right to make taps and network namespaces"
    missing = [name for name in ("gcc", "ip", "nsenter") if not shutil.which(name)]
    return f"not installed: {', '.join(missing)}" if missing else ""


def program() -> Path:
    """The program that carries the frames, compiled unless it was before."""
    sources = sorted(SOURCE.glob("*.[ch]"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    cached = cache.root() / "tests" / f"link-{digest}"
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        fresh = cached.with_suffix(f".{uuid.uuid4().hex}")  # threads ask at the same time, too
        flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]
        units = [str(path) for path in sources if path.suffix == ".c"]
        subprocess.run(["gcc", *flags, *units, "-o", str(fresh)], check=True, timeout=60)
        fresh.rename(cached)
    return cached


class Link:
    """A link with one impairment, from entering to leaving the context."""

    def __init__(
        self, impairment: Impairment | None = None, *, guest: bool = True, address: str = GUEST
    ) -> None:
        self._impairment = impairment or Impairment()
        self._guest = guest
        self._address = address
        self._exit_stack = contextlib.ExitStack()
        self._interface = f"ukl{os.getpid() % 10**6}n{next(numbers)}"
        self.tallies: tuple[
            Tally, ...
        ] = ()  # to the guest and from it; there once the link is down

    def __enter__(self) -> Self:
        with self._exit_stack:
            far = self._interface if self._guest else "-"
            self._process = self._exit_stack.enter_context(carrier(far, self._impairment))
            self._exit_stack.callback(self._end)
            self._space, self._peer = self._ready()
            self.run("sh", "-ec", addresses("host", HOST, HOST_V6))
            if not self._guest:
                self._enter(self._peer, "sh", "-ec", addresses("peer", GUEST, GUEST_V6))
            self._exit_stack = self._exit_stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit_stack.close()

    def _ready(self) -> list[str]:
        """Return the namespaces as paths that hold for as long as the link."""
        stdout = self._process.stdout
        assert stdout
        text, _, _ = select.select([stdout], [], [], PATIENCE_S)
        fields = stdout.readline().split() if text else []
        if not fields:
            raise OSError(f"no link: {self._process.communicate(timeout=PATIENCE_S)[1]}")
        return [f"/proc/{self._process.pid}/fd/{number}" for number in fields[1:]]

    def _end(self) -> None:
        output, _ = self._process.communicate(timeout=PATIENCE_S)
        self.tallies = tuple(Tally(*map(int, line.split())) for line in output.splitlines())

    @property
    def nets(self) -> dict[str, Network]:
        """What the guest's device `service` is wired to."""
        wire = network.tap(
            self._interface,
            address=f"{HOST}/{PREFIX}",
            guest=f"{self._address}/{PREFIX}",
            offload=False,
        )
        return {"service": wire}

    def run(
        self, *command: str, timeout_s: float = 60, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a program at the host's end; return what it did. Its input is empty."""
        return self._enter(self._space, *command, timeout_s=timeout_s, check=check)

    def start(self, *command: str, **choices: Any) -> subprocess.Popen[str]:
        """Start a program at the host's end; who asked ends it."""
        return subprocess.Popen([*nsenter(self._space), *command], **choices)

    def _enter(
        self, space: str, *command: str, timeout_s: float = 60, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*nsenter(space), *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=check,
        )

    def host(self) -> AbstractContextManager[None]:
        """A context in which this thread makes its sockets at the host's end."""
        return inside(self._space)

    def peer(self) -> AbstractContextManager[None]:
        """A context in which this thread makes its sockets at the end without guest."""
        return inside(self._peer)


def nsenter(space: str) -> list[str]:
    return ["nsenter", f"--net={space}"]


def addresses(interface: str, v4: str, v6: str) -> str:
    return ADDRESSES.format(interface=interface, v4=v4, v6=v6, prefix=PREFIX)


@contextlib.contextmanager
def carrier(far: str, impairment: Impairment) -> Iterator[subprocess.Popen[str]]:
    """The process that carries the frames. It ends with its input, whoever closes that."""
    process = subprocess.Popen(
        [program(), far, *impairment.words()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin
        try:
            yield process
        finally:
            process.stdin.close()
            process.wait(PATIENCE_S)


@contextlib.contextmanager
def inside(space: str) -> Iterator[None]:
    """Put this thread into a network namespace; sockets stay in the one they were made in."""
    with HERE.open() as original, Path(space).open() as wanted:
        enter(wanted)
        try:
            yield
        finally:
            enter(original)


def enter(space: IO[str]) -> None:
    if libc.setns(space.fileno(), CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
