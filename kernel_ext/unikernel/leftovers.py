"""What processes that were killed left behind in this user's runtime folder."""

from __future__ import annotations

from . import runfolder
from .networks import lan


def sweep() -> int:
    """Remove it; return how many run folders that were."""
    lan.sweep()
    return runfolder.sweep()
