"""xl and xenstore in a dom0: what is done to a domain, each a program that is run there."""

from __future__ import annotations

import asyncio
import contextlib
import re

from unikernel.errors import BootFailed, Dom0Refused
from unikernel.machines.xen.dom0 import Dom0, Done
from unikernel_toolchain.messages.visible import visible

from .config import DomainConfig
from .listing import Status, status_of
from .log import XlLog

FILES = "/run/unikernel-"  # begins the paths in dom0 of what xl reads
CREATE_TIME_S = 60.0  # in which xl makes a domain, however loaded the host is
DESTROY_TIME_S = 20.0
_LONGEST = 300  # characters of what is told of a refusal


async def create(dom0: Dom0, config: DomainConfig, log: XlLog, *, held: bool) -> int:
    """Make a domain, and let it go unless it is to be `held`; return its number.

    xl is not left waiting for the domain's end (-e): who made it sees to that. Raises BootFailed.
    """
    path = f"{FILES}{config.name}.cfg"
    await dom0.put(path, config.text().encode())
    argv = ["xl", "-v", "create", "-e", *(["-p"] if held else []), path]
    xl = await dom0.start(argv, log.feed)
    try:
        async with asyncio.timeout(CREATE_TIME_S):
            status = await asyncio.shield(xl.ended)
    except TimeoutError:
        raise BootFailed(
            f"xl did not make the domain within {CREATE_TIME_S:g} s.",
            hint="The host may be too busy for an emulated Xen: boot it again.",
            detail="\n".join([log.last_line, await _programs(dom0)]),
        ) from None
    finally:
        xl.kill()
    if status:
        raise await _refusal(dom0, config, log, status)
    return log.number or int((await checked(dom0, "xl", "domid", config.name)).output)


async def is_named(dom0: Dom0, number: int, name: str) -> bool:
    """Whether domain `number` has this name."""
    return await read(dom0, f"/local/domain/{number}/name") == name.encode()


async def _programs(dom0: Dom0) -> str:
    """Return what runs in dom0, for whoever looks into a boot that hangs."""
    with contextlib.suppress(Dom0Refused):
        listed = (await dom0.run(["ps", "-o", "pid,ppid,stat,args"])).output.decode(
            errors="replace"
        )
        return "\n".join(visible(one) for one in listed.splitlines() if not one.endswith("]"))
    return "Dom0 runs nothing any more."


async def _refusal(dom0: Dom0, config: DomainConfig, log: XlLog, status: int) -> BootFailed:
    if log.lacks_memory:
        free = await free_memory_mib(dom0)
        room = f"Xen has {free} MiB left" if free is not None else "Xen has less"
        return BootFailed(
            f"There is no memory for a domain of {config.memory_mib} MiB: {room}, "
            "and a domain takes some more than its own.",
            hint="Stop other domains (ps lists machines), or give this one less: --memory MIB",
            detail=log.complaints[0],  # others tell of how xl clears up
        )
    first, *others = log.complaints or [f"status {status}"]
    detail = "\n".join(one for one in others if first not in one)
    return BootFailed(f"xl did not make the domain: {first}", detail=detail)


async def free_memory_mib(dom0: Dom0) -> int | None:
    """Return how much memory Xen has for more domains; None where it does not tell."""
    with contextlib.suppress(Dom0Refused):
        info = (await dom0.run(["xl", "info"])).output.decode("utf-8", "replace")
        if match := re.search(r"^free_memory\s*:\s*(\d+)", info, re.MULTILINE):
            return int(match[1])
    return None


async def status(dom0: Dom0, number: int) -> Status | None:
    """Return what a domain does; None when it is gone."""
    return status_of((await dom0.run(["xl", "list", "-v", str(number)])).output, number)


async def destroy(dom0: Dom0, domain: int | str) -> None:
    """End a domain, by its number or name, in whatever state it is; no error if it is gone.

    Raises Dom0Refused when dom0 does not manage it in time.
    """
    await dom0.run(["xl", "destroy", str(domain)], timeout_s=DESTROY_TIME_S)


async def read(dom0: Dom0, path: str) -> bytes:
    """Return a value of xenstore; b"" where there is none."""
    done = await dom0.run(["xenstore-read", path])
    return done.output.strip() if done.status == 0 else b""


async def said_of(dom0: Dom0, number: int) -> str:
    """Return what Xen's log says last of a domain, in one line that is safe to show; else ""."""
    with contextlib.suppress(Dom0Refused):
        log = (await dom0.run(["xl", "dmesg"])).output.decode("utf-8", "replace")
        about = re.compile(rf"\bd{number}(?:v\d+)?\b|\b[Dd]omain {number}\b")
        lines = [line for line in log.splitlines() if about.search(line)]
        return visible(", ".join(one.removeprefix("(XEN) ") for one in lines[-2:]))[:_LONGEST]
    return ""


async def checked(dom0: Dom0, *argv: str) -> Done:
    """Run a program that is to work. Raises Dom0Refused with what it says where it does not."""
    done = await dom0.run(argv)
    if done.status:
        lines = (done.errors or done.output).decode("utf-8", "replace").strip().splitlines()
        why = visible(lines[-1])[:_LONGEST] if lines else f"status {done.status}"
        raise Dom0Refused(f"{argv[0]} {argv[1]} fails in dom0: {why}.")
    return done


async def forget(dom0: Dom0, config: DomainConfig) -> None:
    """Remove what xl has read of our files: dom0 keeps them in its memory."""
    files = (config.kernel, f"{FILES}{config.name}.cfg")
    await dom0.run(["rm", "-f", *(one for one in files if one.startswith(FILES))])
