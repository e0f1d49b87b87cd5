"""Targets: where an image runs.

One file a target, which is all that the toolchain knows of it: nothing else compares its name. What
boots its images is kernel_ext's, in machines/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules

from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.model.config import DEFAULT_TARGET

_OTHERS = sorted({module.name for module in iter_modules(__path__)} - {DEFAULT_TARGET})
TARGETS = (DEFAULT_TARGET, *_OTHERS)


@dataclass(frozen=True)
class Target:
    """How code is compiled and linked for one kind of machine.

    `runs_on` says to people which kind. `platform` lists the folders of libos/platform whose C and
    assembly, with that of the folders in them, make up the base; `link_script` is relative to
    libos/platform. `without_passes` are passes over the linked image (postlink/) that bring nothing
    here; `file_mode` is that of the image. `headers` are those of the distribution that the base
    is compiled with, by the names that tools/locate.py has for them. `packages` are those of the
    library OS that others stand in for here, by name: they offer what only this target has.
    """

    name: str
    runs_on: str
    platform: tuple[str, ...]
    link_script: str
    c_flags: tuple[str, ...]
    platform_flags: tuple[str, ...]
    link_flags: tuple[str, ...]
    without_passes: tuple[str, ...] = ()
    file_mode: int = 0o644
    headers: tuple[str, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)


def load(name: str) -> Target:
    """Return the target of this name. Raises BadRequest when there is none."""
    if name not in TARGETS:
        raise BadRequest(f"No target {name!r}; there are: {', '.join(TARGETS)}.")
    target: Target = import_module(f".{name}", __package__).TARGET
    return target
