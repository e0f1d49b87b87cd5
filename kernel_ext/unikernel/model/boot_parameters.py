"""The command line that a guest reads: boot variables, then arguments. Pure functions."""

from __future__ import annotations

import re

from unikernel.errors import UsageError
from unikernel.machines.qemu import netdev

from .spec import Spec


def boot_parameters(spec: Spec) -> str:
    """Return the words for the guest, quoted where they need it."""
    told = netdev.variables(spec.nets) | dict(spec.environment)
    variables = [f"{name}={value}" for name, value in told.items()]
    return " ".join(variables + [_quoted(word) for word in spec.arguments])


def _quoted(word: str) -> str:
    if any(ord(character) < 0x20 for character in word):
        raise UsageError(
            f"{word!r} cannot be a boot parameter.", hint="Control characters do not fit."
        )
    if word and not re.search(r'[\s"\\]', word) and not re.match(r"[A-Z_][A-Z0-9_]*=", word):
        return word
    return '"' + word.replace("\\", r"\\").replace('"', r"\"") + '"'
