"""A cache of a test's own, for what would disturb the other tests in the one that they share."""

import shutil
from pathlib import Path

from unikernel_toolchain import Stop
from unikernel_toolchain.library_os import library_os
from unikernel_toolchain.store import cache
from unikernel_toolchain.targets import load
from unikernel_toolchain.tools.locate import locate
from unikernel_toolchain.tools.progress import Steps


def copy_library_os(place: Path) -> None:
    """Leave in a new cache what is built of virtio's library OS, without its packages."""
    shared = cache.root()
    built = library_os.expected(load("virtio"), locate())
    library_os.ensure(built, Steps(lambda *_: None, 0), Stop())
    for folder in (built.base.folder, built.folder):
        # Without the packages, which another process may be building at this moment.
        ignored = shutil.ignore_patterns("packages", "*.new")
        shutil.copytree(folder, place / folder.relative_to(shared), ignore=ignored)
