"""Targets: where an image runs. One file a target, loaded by its name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from unikernel_toolchain.errors import UsageError

TARGETS = ("virtio", "unix")


@dataclass(frozen=True)
class Target:
    """How code is compiled and linked for one kind of machine.

    `platform` lists the folders of libos/platform whose C and assembly, with that of the folders
    in them, make up the base; `link_script` is relative to libos/platform. `without_passes`
    are passes over the linked image (postlink/) that bring nothing here; `file_mode` is that of the
    image.
    """

    name: str
    platform: tuple[str, ...]
    link_script: str
    c_flags: tuple[str, ...]
    platform_flags: tuple[str, ...]
    link_flags: tuple[str, ...]
    without_passes: tuple[str, ...] = ()
    file_mode: int = 0o644


def load(name: str) -> Target:
    """Return the target of this name. Raises UsageError when there is none."""
    if name not in TARGETS:
        raise UsageError(f"No target {name!r}; there are: {', '.join(TARGETS)}.")
    target: Target = import_module(f".{name}", __package__).TARGET
    return target
