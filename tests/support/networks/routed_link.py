"""A guest behind two routers, the kernel's own, with a link of another MTU between them.

    with RoutedLink(middle=1400) as link, unikernel.boot(image, nets=link.nets):
        link.attach(GUEST)
        with link.host():
            connection = socket.create_connection((GUEST, 80))

    guest ── near ── far ── host
     10.9.0.0/24  10.9.1.0/24  10.9.2.0/24, and fd09:0:0:n::/64 likewise

Each is a network namespace that is gone with the link. The guest's end is a tap with all its
offloads. With `silent` the routers' ICMP does not leave them; then the host looks for the path's
MTU by itself (RFC 4821), as its kernel does only when told to.
"""

import contextlib
import itertools
import os
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Self

from support.networks.impairment import GUEST, HOST, PATIENCE_S, PREFIX, inside
from unikernel.model import network
from unikernel.model.network import Network

numbers = itertools.count()

NEAR = """
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
ip address add 10.9.1.1/24 dev middle
ip -6 address add fd09:0:0:1::1/64 dev middle nodad
ip link set middle mtu {middle} up
ip route add 10.9.2.0/24 via 10.9.1.2
ip -6 route add fd09:0:0:2::/64 via fd09:0:0:1::2
"""
FAR = """
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
ip address add 10.9.1.2/24 dev middle
ip -6 address add fd09:0:0:1::2/64 dev middle nodad
ip link set middle mtu {middle} up
ip address add 10.9.2.1/24 dev edge
ip -6 address add fd09:0:0:2::1/64 dev edge nodad
ip link set edge up
ip route add 10.9.0.0/24 via 10.9.1.1
ip -6 route add fd09::/64 via fd09:0:0:1::1
"""
END = """
ip address add 10.9.2.2/24 dev edge
ip -6 address add fd09:0:0:2::2/64 dev edge nodad
ip link set edge up
ip route add default via 10.9.2.1
ip -6 route add default via fd09:0:0:2::1
"""
GUESTS_END = """
ip address add 10.9.0.1/24 dev {tap}
ip -6 address add fd09::1/64 dev {tap} nodad
ip link set {tap} up
"""
# What a router sends of its own is locally routed: not what it forwards, nor neighbour discovery.
SILENCE = """
ip rule add iif lo prio 1 blackhole
ip -6 rule add iif lo prio 1 blackhole
"""
# Routers that have just come up do not know each other yet.
AWAITED = "for try in 1 2 3 4 5 6 7 8; do ping -c 1 -W 1 {address} && exit; done; exit 1"
PROBES = "echo 2 >/proc/sys/net/ipv4/tcp_mtu_probing\n"

Namespace = subprocess.Popen[str]  # a process in one


class RoutedLink:
    """From entering to leaving the context."""

    def __init__(self, *, middle: int = 1500, silent: bool = False) -> None:
        self._middle = middle
        self._silent = silent
        self._tap = f"ukr{os.getpid() % 10**6}n{next(numbers)}"
        self._exit_stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with self._exit_stack:
            self._near, self._far, self._end = (
                self._exit_stack.enter_context(namespace()) for _ in range(3)
            )
            run("ip", "tuntap", "add", self._tap, "mode", "tap", "vnet_hdr")
            self._exit_stack.callback(self._delete_tap)
            joined("middle", self._near, self._far)
            joined("edge", self._far, self._end)
            silence = SILENCE if self._silent else ""
            self._script(self._near, NEAR.format(middle=self._middle) + silence)
            self._script(self._far, FAR.format(middle=self._middle) + silence)
            self._script(self._end, END + (PROBES if self._silent else ""))
            self._exit_stack = self._exit_stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit_stack.close()

    @property
    def nets(self) -> dict[str, Network]:
        """What the guest's device `service` is wired to."""
        addresses = {"address": f"{HOST}/{PREFIX}", "guest": f"{GUEST}/{PREFIX}"}
        return {"service": network.tap(self._tap, **addresses)}

    def attach(self, address: str) -> None:
        """Backend the running guest's tap into the near router; the way to its address is open."""
        run("ip", "link", "set", self._tap, "netns", str(self._near.pid))
        self._script(self._near, GUESTS_END.format(tap=self._tap))
        self._script(self._end, AWAITED.format(address=address))

    def host(self) -> AbstractContextManager[None]:
        """A context in which this thread makes its sockets at the far end."""
        return inside(f"/proc/{self._end.pid}/ns/net")

    def refused(self) -> tuple[int, ...]:
        """Packets that either router found too long, of both families: near, far."""
        return tuple(self._refused(router) for router in (self._near, self._far))

    def retransmitted(self) -> int:
        """Segments that the host sent again."""
        return counters(self._read(self._end, "/proc/net/snmp"))["Tcp", "RetransSegs"]

    def _refused(self, router: Namespace) -> int:
        v4 = counters(self._read(router, "/proc/net/snmp"))["Ip", "FragFails"]
        lines = self._read(router, "/proc/net/snmp6").splitlines()
        return v4 + int(dict(line.split() for line in lines)["Ip6FragFails"])

    def _read(self, place: Namespace, path: str) -> str:
        return entered(place, "cat", path).stdout

    def _script(self, place: Namespace, text: str) -> None:
        entered(place, "sh", "-ec", text)

    def _delete_tap(self) -> None:
        for command in (("ip",), ("nsenter", f"--net=/proc/{self._near.pid}/ns/net", "ip")):
            subprocess.run(
                [*command, "link", "delete", self._tap], capture_output=True, check=False
            )


def counters(text: str) -> dict[tuple[str, str], int]:
    """Return what /proc/net/snmp says, by protocol and name."""
    lines = [line.split() for line in text.splitlines()]
    pairs = zip(lines[::2], lines[1::2], strict=True)
    return {
        (names[0].rstrip(":"), name): int(value)
        for names, values in pairs
        for name, value in zip(names[1:], values[1:], strict=True)
    }


def joined(name: str, one: Namespace, other: Namespace) -> None:
    """Connect two namespaces by a cable whose ends have the same name."""
    ends = ("netns", str(one.pid), "type", "veth", "peer", "name", name, "netns", str(other.pid))
    run("ip", "link", "add", name, *ends)


def entered(place: Namespace, *command: str) -> subprocess.CompletedProcess[str]:
    return run("nsenter", f"--net=/proc/{place.pid}/ns/net", *command)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S
    )
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr}")
    return done


@contextlib.contextmanager
def namespace() -> Iterator[Namespace]:
    """A process in a network namespace of its own. It ends with its input, whoever closes that."""
    command = ["unshare", "--net", "sh", "-c", "ip link set lo up && echo ready && exec cat"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdin
        assert process.stdout
        try:
            if process.stdout.readline() != "ready\n":
                raise OSError("no network namespace is to be had")
            yield process
        finally:
            process.stdin.close()
            process.wait(PATIENCE_S)
