"""What processes that were killed left behind in this user's runtime folder."""

from __future__ import annotations

from unikernel_toolchain import refusals

from . import runfolder
from .errors import UnikernelError
from .networks import lan


def sweep() -> int:
    """Remove it; return how many run folders that were. Raises UnikernelError."""
    what = "What ended processes left cannot be removed"
    with refusals.raised_as(what, UnikernelError, runfolder.VARIABLE):
        lan.sweep()
        return runfolder.sweep()
