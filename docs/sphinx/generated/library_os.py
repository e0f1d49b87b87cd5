"""The library OS's packages with their modules, as findlib knows them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from unikernel_toolchain.findlib.library_facts import facts_of
from unikernel_toolchain.findlib.packages import installed
from unikernel_toolchain.library_os.library_os import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unikernel_toolchain.findlib.library_facts import LibraryFacts

_OWN = SOURCES / "packages"


def packages() -> str:
    """Return a table for each group of packages."""
    names = [name for name in installed(_OWN) if _group_of(name)]
    with ThreadPoolExecutor(os.cpu_count()) as several:
        found = list(several.map(partial(facts_of, own_packages=_OWN), names))
    groups = sorted(path.name for path in _OWN.iterdir() if path.is_dir())
    return "\n".join(line for group in groups for line in _table(group, found))


def _group_of(name: str) -> str:
    """Return the group that a package of ours is in, "" for another's."""
    head = name.partition(".")[0]
    return next((path.parent.name for path in _OWN.glob(f"*/{head}")), "")


def _table(group: str, found: list[LibraryFacts]) -> Iterator[str]:
    yield f"## {group}\n\n| package | version | is | modules |\n|---|---|---|---|"
    for facts in found:
        if _group_of(facts.name) == group:
            modules = ", ".join(f"`{_module(path.stem)}`" for path in facts.interfaces)
            yield f"| `{facts.name}` | {facts.version} | {facts.description} | {modules} |"
    yield ""


def _module(stem: str) -> str:
    return stem[:1].upper() + stem[1:]
