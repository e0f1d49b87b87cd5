"""Commands of the host that fetch and unpack, each soon over."""

from __future__ import annotations

import shlex
from pathlib import Path

from unikernel.errors import PackageUnavailable
from unikernel_toolchain.errors import BuildInterrupted, ToolchainError
from unikernel_toolchain.tools import run as tools

TIME_LIMIT_S = 60.0


def run(
    *argv: str,
    folder: Path | None = None,
    time_limit_s: float = TIME_LIMIT_S,
    hint: str = "",
    stop: tools.Stop | None = None,
) -> str:
    """Run a command in `folder` and return its stdout; nothing of it is left running.

    It ends at once when `stop` is requested. Raises PackageUnavailable, with `hint`, when it fails,
    and when it cannot be started or does not end within `time_limit_s`.
    """
    try:
        done = tools.run(argv, folder=folder, time_limit_s=time_limit_s, stop=stop)
    except BuildInterrupted:
        raise KeyboardInterrupt from None  # no build: whoever waits is to know it as Ctrl-C
    except ToolchainError as error:
        raise PackageUnavailable(error.what, detail=error.detail, hint=error.hint) from error
    if done.returncode:
        raise PackageUnavailable(
            f"This failed: {shlex.join(argv)}", detail=done.stderr.strip(), hint=hint
        )
    return done.stdout
