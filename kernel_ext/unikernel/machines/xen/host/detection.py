"""Whether this host is a dom0 whose xl can be used, and its xl."""

from __future__ import annotations

import functools
import re
import subprocess
from pathlib import Path

from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.tools import locate

PROGRAM = "xl"
_ANSWER_TIME_S = 10.0
_LONGEST = 120  # characters


def xl() -> str:
    """Return the path of xl; "" where there is none."""
    found = locate.find(PROGRAM)
    return str(found) if found else ""


def trouble() -> str:
    """Return why domains cannot be made on this host itself; "" when they can."""
    program = xl()
    return _asked(program)[0] if program else "this host has no xl"


def version() -> str:
    """Return the version of Xen here, such as "4.17.5"; "unknown" where it does not tell."""
    return _asked(xl())[1]


@functools.lru_cache(maxsize=4)
def _asked(program: str) -> tuple[str, str]:
    """Return what is wrong, and Xen's version: a host's Xen is there since it booted."""
    try:
        done = subprocess.run(
            (program, "info"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ANSWER_TIME_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return f"{program} does not answer", "unknown"
    text = done.stdout.decode("utf-8", "replace")
    version = re.search(r"^xen_version\s*:\s*([\w.+~-]{1,40})$", text, re.MULTILINE)
    if done.returncode == 0 and version:
        return "", version[1]
    errors = done.stderr.decode("utf-8", "replace").strip().splitlines()
    why = visible(errors[-1])[:_LONGEST] if errors else f"status {done.returncode}"
    return f"{Path(program).name} cannot be used here ({why})", "unknown"
