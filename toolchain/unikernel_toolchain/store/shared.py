"""A second cache, of which this one reads: what an administrator built for everybody on a hub.

$UNIKERNEL_SHARED_CACHE names it. It is a cache as any other, made with UNIKERNEL_CACHE set to its
folder, and belongs to root; nobody writes to it here. What is whole there is used where it lies:
the library OS and its packages, which take seconds to build and most of the room. All else, and
what is missing or damaged there, is in the user's own.
"""

from __future__ import annotations

from pathlib import Path

from . import cache, integrity


def place(*below: str) -> Path:
    """Return where a sealed folder of a cache stands, or will: in ours, unless it is shared."""
    own = cache.root().joinpath(*below)
    others = cache.shared_root()
    if others is None or (own / integrity.MANIFEST).exists():
        return own
    theirs = others.joinpath(*below)
    return theirs if theirs.is_dir() and not integrity.damage(theirs) else own


def libos_folder(identity: str, part: str) -> Path:
    """Return where the part of the library OS of this identity stands, or will."""
    return place(*cache.libos_parts(identity, part))
