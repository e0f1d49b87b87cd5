"""The C beneath programs of either language, built once per C compiler and target.

lib{platform,solo5,sys}.a   its archives
link.lds                    the target's link script
manifest.json               what all this must be, see integrity.py

Nothing here depends on OCaml: programs in C build where there is none, or one that is refused.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from unikernel_toolchain.store import cache, integrity, shared
from unikernel_toolchain.store.source_digest import source_digest
from unikernel_toolchain.targets import Target
from unikernel_toolchain.tools import locate
from unikernel_toolchain.tools.locate import CTools
from unikernel_toolchain.tools.progress import Steps
from unikernel_toolchain.tools.run import Stop

from .c_archives import LIBRARIES, base_archives, build_archive

STEPS = len(LIBRARIES)
_FOLDERS = ("include", "platform", "solo5", "runtime/libc")
_BUILDERS = (
    *("library_os/base.py", "library_os/c_archives.py"),
    *("binary/private_names.py", "binary/elf.py", "store/integrity.py"),
)


@dataclass(frozen=True)
class Base:
    """Where the parts of one built base are. They exist once `ensure` has returned."""

    folder: Path
    target: Target
    tools: CTools
    sources: Path
    identity: str

    @property
    def link_script(self) -> Path:
        """The linker's script of the target."""
        return self.folder / "link.lds"

    def library(self, name: str) -> Path:
        """Return the C archive of this name: platform, solo5 or sys."""
        return self.folder / f"lib{name}.a"

    def is_intact(self) -> bool:
        """Say whether everything is there, as it was built."""
        return not integrity.damage(self.folder)


def expected(target: Target, tools: CTools, sources: Path) -> Base:
    """Return the base as it is, or will be, built with these tools. Builds nothing.

    Raises ToolMissing when headers that the target is compiled with are not there.
    """
    headers = source_digest(*map(locate.headers, target.headers))
    facts = (*tools.identity, headers, repr(target))
    identity = identity_of(facts, sources, _FOLDERS, _BUILDERS)
    return Base(shared.libos_folder(identity, target.name), target, tools, sources, identity)


def identity_of(
    facts: tuple[str, ...], sources: Path, folders: Sequence[str], builders: Sequence[str]
) -> str:
    """Return what changes with all that something made of these folders depends on."""
    files = [*(sources / name for name in folders), *(sources.parent / name for name in builders)]
    text = "\n".join([*facts, source_digest(*files)])
    return hashlib.sha256(text.encode()).hexdigest()


def ensure(base: Base, steps: Steps, stop: Stop) -> None:
    """Build the base unless it is there, and whole. One builder at a time; others wait.

    Tells `steps` of STEPS steps. Raises ToolchainError, with the compiler's output, when a part
    does not compile.
    """
    if base.is_intact():
        return
    with cache.locked(f"libos-{base.folder.parent.name}-{base.folder.name}"):
        if not base.is_intact():
            what = f"the library OS for {base.target.name}"
            integrity.renew(base.folder, what, partial(_build, base, steps, stop))


def _build(base: Base, steps: Steps, stop: Stop, folder: Path) -> None:
    draft = replace(base, folder=folder)
    for archive in base_archives(base.target, base.tools, base.sources):
        steps.begin(f"C: {archive.name}")
        build_archive(archive, folder, base.sources, base.tools, stop)
    shutil.copy2(base.sources / "platform" / base.target.link_script, draft.link_script)
