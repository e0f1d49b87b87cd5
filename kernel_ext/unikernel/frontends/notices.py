"""What has been shown of remarks on this host, so that each is shown once.

A notebook keeps what its process was told. A command in a terminal is a process of its own: there a
remark is shown once until the host boots again, as what it is about is found out anew then. The
doctor tells always.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from unikernel.machines.qemu import hypervisor
from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.store import cache

_shown: set[str] = set()


def once(sentence: str) -> str:
    """Return `sentence` the first time in this process, and "" whenever it was returned before."""
    if sentence in _shown:
        return ""
    _shown.add(sentence)
    return sentence


def once_a_boot(sentence: str) -> str:
    """Return `sentence` the first time since the host booted, and "" from then on.

    Where that cannot be kept, it is returned once a process.
    """
    if not sentence or not once(sentence):
        return ""
    boot = hypervisor.host_boot()
    known = _recorded(boot)
    if sentence in known:
        return ""
    record = json.dumps({"boot": boot, "shown": [*known, sentence]}, indent=1)
    with contextlib.suppress(OSError, ToolchainError):
        cache.write_atomically(_record(), record)
    return f"{sentence} This is said once; unikernel doctor says it always."


def _record() -> Path:
    return cache.root() / "notices.json"


def _recorded(boot: str) -> list[str]:
    """Return what was shown since the host booted; nothing, where nobody knows."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        stored = json.loads(_record().read_text(encoding="utf-8"))
        if stored["boot"] == boot:
            return [str(sentence) for sentence in stored["shown"]]
    return []
