"""Versions of packages against the bounds that a config.ml sets.

opam compares versions as Debian does (deb-version(7)): runs of digits as numbers, what stands
between them by character, letters before all others, and ~ before everything, the end too.
"""

from __future__ import annotations

import re

from unikernel_toolchain.model.configuration import PackageBound

_PARTS = re.compile(r"(\D*)(\d*)")
_END = 0


def fault(asked: PackageBound, version: str) -> str:
    """Return what is wrong with this version as a sentence; "" if it will do, or is not known."""
    if not version:
        return ""
    found = order(version)
    for minimum in asked.minimum:
        if found < order(minimum):
            return f"Package {asked.name} is wanted from version {minimum} on; {version} is here."
    for below in asked.below:
        if found >= order(below):
            return f"Package {asked.name} is wanted below version {below}; {version} is here."
    return ""


def order(version: str) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Return what versions are compared by. A leading v, as tags have, does not count."""
    text = version.removeprefix("v").partition("+dfsg")[0]
    parts = _PARTS.findall(text)
    return tuple(
        ((*(_weight(letter) for letter in words), _END), int(digits or 0))
        for words, digits in parts
    )


def _weight(letter: str) -> int:
    if letter == "~":
        return -1
    return ord(letter) if letter.isalpha() else ord(letter) + 0x110000
