"""Kernel modules in the order in which they are to be loaded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from unikernel.errors import BaselineUnavailable


def closure(tree: Path, wanted: Iterable[str]) -> dict[str, bytes]:
    """Return the modules `wanted` from an unpacked kernel, each after what it depends on.

    Raises BaselineUnavailable when the kernel lacks one.
    """
    files = {path.stem.replace("-", "_"): path for path in tree.rglob("*.ko")}
    found: dict[str, bytes] = {}

    def take(name: str) -> None:
        if name in found:
            return
        if name not in files:
            raise BaselineUnavailable(f"The kernel has no module {name}.")
        content = files[name].read_bytes()
        for needed in _depends(content):
            take(needed)
        found[name] = content

    for name in wanted:
        take(name)
    return found


def _depends(module: bytes) -> list[str]:
    """Return the modules that a module names in its section .modinfo."""
    field = re.search(rb"\0depends=([^\0]*)\0", module)
    return (
        [name.replace("-", "_") for name in field[1].decode().split(",") if name] if field else []
    )
