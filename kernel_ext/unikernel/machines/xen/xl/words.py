"""What may be run by the command `xl`: which words, and what their output is cut to."""

from __future__ import annotations

from collections.abc import Sequence

from unikernel.errors import Dom0Refused, UsageError, did_you_mean
from unikernel.machines.xen.dom0 import Done
from unikernel_toolchain.messages.visible import visible_lines

XENSTORE = "xenstore-ls"
INTERACTIVE = {
    "console": "console NAME does that",
    "vncviewer": "a unikernel has no screen",
    "top": "list shows the same once",
}
MOST_CHARACTERS = 200_000  # of the output that is shown; the end is what is kept
RUN_TIME_S = 20.0
SUBCOMMANDS = (
    *("block-list", "cpupool-list", "debug-keys", "dmesg", "domid", "domname", "dump-core"),
    *("info", "list", "mem-max", "mem-set", "network-list", "pause", "sched-credit2", "shutdown"),
    *("sysrq", "trigger", "unpause", "uptime", "vcpu-list", "vcpu-pin", "destroy", "reboot"),
)  # for completion; xl knows more


def argv(words: Sequence[str]) -> list[str]:
    """Return the program and its arguments. Raises UsageError for what cannot be run so."""
    words = words[1:] if words[:1] == ["--"] else words
    if not words:
        raise UsageError(
            "Run what of xl?", hint=f"Such as: list, dmesg, debug-keys q; or {XENSTORE} PATH."
        )
    if words[0] == XENSTORE:
        return list(words)
    if any("\0" in word for word in words):
        raise UsageError("A word for xl has no NUL.")
    if words[0] in INTERACTIVE:
        raise UsageError(
            f"xl {words[0]} wants a terminal in dom0.", hint=f"Here {INTERACTIVE[words[0]]}."
        )
    if "/" in words[0] or words[0].startswith("xenstore"):
        raise UsageError(f"{words[0]!r} is no xl command.", hint=f"Beside those, {XENSTORE} is.")
    return ["xl", *words]


def output(words: Sequence[str], done: Done) -> str:
    """Return what it said, safe to show. Raises Dom0Refused when it failed."""
    said = visible_lines(done.output.decode("utf-8", "replace"))
    if len(said) > MOST_CHARACTERS:
        said = f"[{len(said) - MOST_CHARACTERS:,} characters left out]\n{said[-MOST_CHARACTERS:]}"
    if not done.status:
        return said
    errors = visible_lines(done.errors.decode("utf-8", "replace")).strip()
    raise Dom0Refused(
        f"{words[0]} ended with status {done.status}.",
        hint=did_you_mean(words[0], SUBCOMMANDS) if "command not implemented" in errors else "",
        detail=(errors or said)[-MOST_CHARACTERS:],
    )
