"""The rows of the machine panel as values: what is so, what can be done, and why not.

What a guest or a file name says is made visible and kept short here; the page sets it as text.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from unikernel.model.state import Cause, State
from unikernel.render import display, network_facts
from unikernel_toolchain.messages.visible import visible_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unikernel.machines import Machine
    from unikernel.machines.usage import Rates, Usage
    from unikernel.machines.usage_history import Seen
    from unikernel_toolchain.model.image import Image

MOST_CHARACTERS = 300
MOST_PORTS = 20
NOT_BOOTED = "not booted"
HAS_ENDED = "the machine has ended"
ACTIONS = (
    *("start", "pause", "resume", "reset", "stop", "console"),
    *("snapshot", "restore", "capture", "hide"),
)
_GDB_DOES = ("pause", "resume", "reset", "snapshot", "restore")
_ALLOWED = {  # what each state allows
    State.STARTING: {"stop", "console"},
    State.RUNNING: {"pause", "reset", "stop", "console", "snapshot", "restore", "capture"},
    State.PAUSED: {"resume", "reset", "stop", "console", "snapshot", "restore", "capture"},
    State.PANICKED: {"reset", "stop", "console", "snapshot", "restore"},
    State.EXITED: {"start", "console", "hide"},
}
_NO_LOOK = dict.fromkeys(("cpu", "memory", "network", "disk"), "not measured yet")


def shown(text: str) -> str:
    """Return text safe to show, and not too long for a row."""
    safe = visible_lines(text)
    return safe if len(safe) <= MOST_CHARACTERS else f"{safe[:MOST_CHARACTERS]} …"


def of_machine(machine: Machine, seen: Seen, said: str) -> dict[str, Any]:
    """Return a machine's row; `said` is how its last action went, where there is a word on it."""
    ended = machine.exit
    return {
        "name": shown(machine.name),
        "owner": machine.owner_pid,
        "state": str(machine.state),
        "failed": bool(ended and not (ended.ok or ended.is_help or ended.cause is Cause.STOPPED)),
        "detail": shown(display.state_text(machine)),
        "what": shown(f"{machine.image.target} · {machine.kind} · {machine.accelerator}"),
        "image": shown(machine.image.name),
        "up_s": None if ended else max(0, int(time.time() - machine.started_at)),
        "memory_mib": machine.spec.memory_mib,
        "ports": [] if ended else ports(machine),
        "refused": refused(machine),
        "unit": unit_of_network(seen.usage),
        "unknown": unknown(machine, seen.usage),
        "capturing": shown(", ".join(machine.spec.captures.values())),
        "snapshots": [] if ended else restorable(machine),
        "said": shown(said or machine.capture_ended),
        "born": machine.started_at,
    }


def of_image(image: Image, said: str) -> dict[str, Any]:
    """Return the row of an image that no machine runs."""
    only_start = {action: "the image is not booted" for action in ACTIONS if action != "start"}
    return {
        "name": shown(image.name),
        "owner": None,
        "state": NOT_BOOTED,
        "failed": False,
        "detail": NOT_BOOTED,
        "what": shown(f"{image.target} · {image.size_bytes:,} bytes"),
        "image": shown(image.name),
        "up_s": None,
        "memory_mib": None,
        "ports": [],
        "refused": {"start": "", **only_start},
        "unit": "",
        "unknown": dict.fromkeys(_NO_LOOK, "it does not run"),
        "capturing": "",
        "snapshots": [],
        "console": {},
        "said": shown(said),
        "born": 0,
    }


def refused(machine: Machine) -> dict[str, str]:
    """Return for each action why it cannot be done now; "" where it can."""
    allowed = _ALLOWED[machine.state]
    reasons = {
        action: "" if action in allowed else f"the machine is {machine.state}" for action in ACTIONS
    }
    if not reasons["reset"] and not machine.can_reset:
        reasons["reset"] = "a process cannot be reset in place: stop and start it"
    if not reasons["snapshot"]:
        reasons["snapshot"] = _no_snapshot(machine)
    if not reasons["restore"] and not restorable(machine):
        reasons["restore"] = "no snapshot of it can be restored"
    if not reasons["capture"]:
        reasons["capture"] = machine.why_no_capture
    if machine.debugger_pid:
        held = f"gdb has the machine: %unikernel gdb {machine.name} detach lets it go"
        reasons |= {action: shown(held) for action in _GDB_DOES if not reasons[action]}
    return reasons


def restorable(machine: Machine) -> list[str]:
    """Return the snapshots that it can go back to, the newest first."""
    return [one.name for one in reversed(machine.snapshots) if one.can_be_restored]


def _no_snapshot(machine: Machine) -> str:
    return (
        "" if machine.can_snapshot else f"snapshots are not made of {machine.image.target} guests"
    )


def ports(machine: Machine) -> list[dict[str, str]]:
    """Return the host's ports that lead to it: how each is written, and its page's address."""
    found = [network_facts.port_link(port, machine) for port in machine.ports[:MOST_PORTS]]
    return [{"text": link.label, "url": link.url, "note": link.warning} for link in found]


def unit_of_network(usage: Usage | None) -> str:
    """Return in what a network's rates are counted: bytes where those are known."""
    has_frames_only = usage and usage.received_bytes is None and usage.received_frames is not None
    return "frames" if has_frames_only else "bytes"


def unknown(machine: Machine, usage: Usage | None) -> Mapping[str, str]:
    """Return why charts are empty, by chart; and of what is counted otherwise, how."""
    if machine.exit:
        return dict.fromkeys(_NO_LOOK, HAS_ENDED)
    return _NO_LOOK if usage is None else {name: shown(why) for name, why in usage.unknown.items()}


def sample(usage: Usage, rates: Rates) -> list[float | None]:
    """Return the numbers of one look, as the page draws them.

    CPUs busy; bytes of memory; received and sent, read and written a second.
    """
    frames_only = unit_of_network(usage) == "frames"
    received = rates.received_frames_per_s if frames_only else rates.received_bytes_per_s
    sent = rates.sent_frames_per_s if frames_only else rates.sent_bytes_per_s
    disk = rates.read_bytes_per_s, rates.written_bytes_per_s
    return [rates.cpus, usage.memory_bytes, received, sent, *disk]
