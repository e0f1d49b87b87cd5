"""Kernel modules in the order in which they are to be loaded. Debian 13's are compressed."""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterable
from pathlib import Path

from unikernel.errors import PackageUnavailable


def closure(tree: Path, wanted: Iterable[str]) -> dict[str, bytes]:
    """Return the modules `wanted` from an unpacked kernel, each after what it depends on.

    Raises PackageUnavailable when the kernel lacks one.
    """
    files = {_name(path.name): path for path in tree.rglob("*.ko*")}
    lists = [path.read_text(encoding="utf-8") for path in tree.rglob("modules.builtin")]
    built_in = {_name(Path(line).name) for text in lists for line in text.splitlines()}
    found: dict[str, bytes] = {}

    def take(name: str) -> None:
        if name in found or name in built_in:
            return
        if name not in files:
            raise PackageUnavailable(f"The kernel has no module {name}.")
        content = _content(files[name])
        for needed in _depends(content):
            take(needed)
        found[name] = content

    for name in wanted:
        take(name)
    return found


def _name(file: str) -> str:
    return file.partition(".ko")[0].replace("-", "_")


def _content(file: Path) -> bytes:
    if file.suffix == ".ko":
        return file.read_bytes()
    if file.suffix == ".xz":
        return lzma.decompress(file.read_bytes())
    raise PackageUnavailable(f"The kernel's modules are compressed as nothing here reads: {file}.")


def _depends(module: bytes) -> list[str]:
    """Return the modules that a module names in its section .modinfo."""
    field = re.search(rb"\0depends=([^\0]*)\0", module)
    return (
        [name.replace("-", "_") for name in field[1].decode().split(",") if name] if field else []
    )
