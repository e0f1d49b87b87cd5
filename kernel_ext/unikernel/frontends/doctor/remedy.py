"""What is missing is installed: by its command's name, and with leave, by itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from unikernel.errors import PackageUnavailable
from unikernel.host.distribution import installation
from unikernel.render.results import Note

from .examination import examine

if TYPE_CHECKING:
    from unikernel.render.results import Result


def install(*groups: str, agreed: bool = False) -> Result:
    """Install what is missing of these groups of packages; of none, of those that are examined.

    A person at a terminal is asked first, unless `agreed`. Returns an examination afterwards.
    Raises PackageUnavailable, with the command that installs them, where this process may not, has
    nobody to ask, or fails.
    """
    names = groups or installation.EXAMINED
    missing = installation.missing(*names)
    if not missing.packages:
        return Note(f"All packages are installed: {', '.join(names)}.")
    if not installation.can_become_root():
        command = missing.command(root=True)
        raise _refused(missing, f"This is not root, and there is no sudo. Ask root for:\n{command}")
    command = missing.command(root=installation.is_root())
    if not agreed and not sys.stdin.isatty():
        raise _refused(missing, f"Install them with --yes, or in a terminal:\n{command}")
    if not agreed and not _ask(command):
        return Note(f"Nothing was installed. Later:\n{command}")
    missing.install()
    return examine()


def _refused(missing: installation.Missing, hint: str) -> PackageUnavailable:
    count = len(missing.packages)
    what = "package is" if count == 1 else "packages are"
    return PackageUnavailable(f"{count} {what} missing of {missing.release}'s.", hint=hint)


def _ask(command: str) -> bool:
    return input(f"{command}\nRun this? [y/N] ").strip().lower() in {"y", "yes"}
