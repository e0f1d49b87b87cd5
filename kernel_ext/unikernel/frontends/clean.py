"""clean: give disk space back."""

from __future__ import annotations

from unikernel.machines import leftovers
from unikernel.render.results import Note
from unikernel_toolchain.store import cache


def clean(*, everything: bool = False) -> Note:
    """Remove built images and what dead processes left; with `everything` the library OS too.

    Machines that run are not touched; images in memory of this process must be built again.
    """
    freed_mib = cache.clean(everything=everything) / 2**20
    stale = leftovers.remove_stale()
    left = f" and {stale} run folders of processes that are gone" if stale else ""
    return Note(f"Removed {freed_mib:.1f} MiB from {cache.root()}{left}.")
