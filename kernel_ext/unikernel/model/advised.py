"""Commands that are advised, ready to paste: they name the machine that is meant, quoted."""

from __future__ import annotations

import shlex


def boot(image: str, name: str, *flags: str) -> str:
    """Return the command, without its first word, that boots `image` as the machine `name`."""
    return shlex.join(["boot", image, *(["--name", name] if name != image else []), *flags])


def gdb(name: str, *commands: str) -> str:
    """Return the command, without its first word, that does something in a machine's gdb."""
    return shlex.join(["gdb", name, *commands])


def disk(action: str, name: str, device: str, *more: str) -> str:
    """Return the command, without its first word, that does something to a machine's disk."""
    return shlex.join(["disk", action, f"{name}:{device}", *more])
