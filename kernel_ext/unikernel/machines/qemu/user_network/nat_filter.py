"""What guests behind QEMU's user network may reach: the words that start a QEMU with a filter.

QEMU itself knows only all or nothing (`restrict=on`), and with nothing its forwarded UDP ports fall
silent. For what is between, nat_filter.c is loaded into it; it says there how it works.
"""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
from collections.abc import Iterable
from functools import partial
from importlib.resources import files
from ipaddress import IPv4Address
from pathlib import Path

from unikernel.errors import NetworkUnavailable
from unikernel.machines.qemu import hypervisor
from unikernel.model.network import REACH, Network, User
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.tools import locate
from unikernel_toolchain.tools.run import program_path

FOLDER, NAME = "nat", "nat_filter.so"  # of the cache
RESOLVERS = Path("/etc/resolv.conf")
_PROOF = "the filter of the NAT is in place"
_FLAGS = ("-shared", "-fPIC", "-O2", "-nostdlib", "-ffreestanding", "-fno-stack-protector")
_TIME_S = 30.0


def prefix(qemu: str, networks: Iterable[Network]) -> tuple[str, ...]:
    """Return the words before QEMU's that hold its NAT to what `networks` may reach; often none.

    All user networks of a machine may reach what one of them may: its guest is on all of them.
    Raises NetworkUnavailable where the filter does not work.
    """
    users = [network for network in networks if isinstance(network, User)]
    if not any(network.needs_filter for network in users):
        return ()
    reach = [word for word in REACH if any(word in one.reach for one in users)]
    library = _library(qemu)
    argv = ["env", f"LD_PRELOAD={library}", f"UNIKERNEL_NAT={','.join(reach)}"]
    return (*argv, f"UNIKERNEL_NAT_DNS={','.join(_resolvers())}")


def _resolvers() -> list[str]:
    """Return the IPv4 name servers of this host (resolv.conf(5))."""
    try:
        lines = [line.split() for line in RESOLVERS.read_text(errors="replace").splitlines()]
    except OSError:
        return []
    found = [fields[1] for fields in lines if fields[:1] == ["nameserver"] and len(fields) > 1]
    return [str(IPv4Address(one)) for one in found if _is_address(one)]


def _is_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


def _library(qemu: str) -> Path:
    """Return the filter, made if it is not there or damaged, after `qemu` has shown to take it."""
    text = source()
    folder = cache.root() / FOLDER / hashlib.sha256(text.encode()).hexdigest()[:16]
    if integrity.damage(folder):
        with cache.locked(f"{FOLDER}-{folder.name}"):
            if integrity.damage(folder):  # nobody else was faster
                integrity.renew(folder, "the filter of user networks", partial(_compile, text))
    if not _works(qemu, hypervisor.identity(qemu), folder / NAME):
        raise NetworkUnavailable(
            f"{qemu} takes no filter, so what its guests reach cannot be limited to that.",
            hint="Without the filter there are: user, with TCP ports only, which reaches nothing; "
            "and user,internet,host, which reaches everything.",
        )
    return folder / NAME


def source() -> str:
    """Return the filter's program."""
    return (files(__package__) / "nat_filter.c").read_text(encoding="utf-8")


@functools.lru_cache(maxsize=4)
def _works(qemu: str, _identity: str, library: Path) -> bool:
    argv = ("env", f"LD_PRELOAD={library}", "UNIKERNEL_NAT=prove", qemu, "--version")
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIME_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return _PROOF in done.stderr.decode(errors="replace")


def _compile(text: str, folder: Path) -> None:
    made = subprocess.run(
        (locate.require("gcc"), *_FLAGS, "-x", "c", "-", "-o", folder / NAME),
        input=text,
        env={**os.environ, "PATH": program_path()},  # gcc finds its linker there
        capture_output=True,
        text=True,
        timeout=_TIME_S,
        check=False,
    )
    if made.returncode:
        raise NetworkUnavailable(
            "The filter for what a user network reaches was not compiled.", detail=made.stderr
        )
