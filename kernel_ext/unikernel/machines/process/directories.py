"""The folders of the host that a process is given: descriptors that it inherits.

The image itself starts a file server for each, before it is locked in; so they are served the same
when it is started by hand.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

from unikernel.errors import UsageError
from unikernel.model.directory import Directory
from unikernel_toolchain.messages.visible import visible


class Opened:
    """Open folders, by name, until they are closed."""

    def __init__(self, directories: Mapping[str, Directory]) -> None:
        """Raise UsageError for what cannot be opened."""
        self.descriptors: dict[str, int] = {}
        try:
            for name, directory in directories.items():
                self.descriptors[name] = _open(name, directory)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close them; the process has its own."""
        while self.descriptors:
            os.close(self.descriptors.popitem()[1])


def variables(
    directories: Mapping[str, Directory],
    descriptors: Mapping[str, int] | None = None,
    first: int = 0,
) -> dict[str, str]:
    """Return the boot variables that tell the base what each folder is.

    Without the `descriptors` that the process inherits, they are those that `redirections` opens.
    """
    numbers = descriptors or {name: first + number for number, name in enumerate(directories)}
    return {
        f"UNIKERNEL_KV_{number}": f"dir:{numbers[name]}" + (",ro" if directory.read_only else "")
        for number, (name, directory) in enumerate(directories.items())
    }


def redirections(directories: Mapping[str, Directory], first: int) -> list[str]:
    """Return the words for a shell that open the folders."""
    return [
        f"{first + number}<{shlex.quote(directory.path)}"
        for number, directory in enumerate(directories.values())
    ]


def _open(name: str, directory: Directory) -> int:
    try:
        return os.open(directory.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as problem:
        raise UsageError(
            f"The folder of {name!r} cannot be opened: {visible(directory.path)}: "
            f"{problem.strerror}.",
            hint="Make it, or name another.",
        ) from problem
