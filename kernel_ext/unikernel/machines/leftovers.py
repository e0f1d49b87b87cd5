"""What processes that were killed left behind in this user's runtime folder."""

from __future__ import annotations

from unikernel.errors import UnikernelError
from unikernel.host import run_folder
from unikernel.networks import lan
from unikernel_toolchain.messages import os_errors


def remove_stale() -> int:
    """Remove it; return how many run folders that were. Raises UnikernelError."""
    what = "What ended processes left cannot be removed"
    with os_errors.raised_as(what, UnikernelError, run_folder.VARIABLE):
        lan.remove_stale()
        return run_folder.remove_stale()
