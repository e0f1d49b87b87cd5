"""Files out of the distribution's packages, without installing them."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from unikernel.errors import BaselineUnavailable
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.tools.locate import install_hint
from unikernel_toolchain.tools.requirements import apt_package

from . import commands

_DOWNLOAD = ("apt-get", "-o", "Acquire::Retries=3", "download")
_DOWNLOAD_TIME_S = 300.0
_HINT = (
    "The first use fetches packages and needs the network; then they are cached.\n"
    "Package lists may be older than the archive: sudo apt-get update brings new ones."
)
_run = partial(commands.run, hint=_HINT)


@contextmanager
def unpacked(package: str) -> Iterator[Path]:
    """Give a folder with a package's files as they would lie under /.

    Raises BaselineUnavailable.
    """
    with tempfile.TemporaryDirectory(prefix="uk-apt-") as path:
        folder = Path(path)
        _run(*_DOWNLOAD, package, folder=folder, time_limit_s=_DOWNLOAD_TIME_S)
        (deb,) = folder.glob("*.deb")
        _run("dpkg-deb", "-x", deb.name, "files", folder=folder)
        deb.unlink()
        yield folder / "files"


def kernel_package() -> str:
    """Return the package of the current cloud kernel. Raises BaselineUnavailable."""
    dependencies = _run("apt-cache", "depends", "linux-image-cloud-amd64")
    found = re.search(r"Depends: (linux-image-\S+)", dependencies)
    if not found:
        raise BaselineUnavailable(
            "apt knows no linux-image-cloud-amd64, which the Linux baseline is made of.",
            hint="It is Debian's; run apt-get update if this is Debian.",
        )
    return found[1]


def nginx() -> Path:
    """Return nginx: the one installed, or the package's, kept in the cache.

    Raises BaselineUnavailable.
    """
    if found := shutil.which("nginx"):
        return Path(found).resolve()
    fields = _run("apt-cache", "show", "--no-all-versions", "nginx")
    version = re.search(r"^Version: (\S+)", fields, re.MULTILINE)
    folder = cache.root() / "baseline" / f"nginx-{version[1] if version else 'unknown'}"
    with cache.locked("baseline"):
        if integrity.damage(folder):
            integrity.renew(folder, "nginx of the baseline", _fetch_nginx)
    return folder / "nginx"


def _fetch_nginx(folder: Path) -> None:
    with unpacked("nginx") as tree:
        shutil.copy(tree / "usr/sbin/nginx", folder)


def program(name: str) -> Path:
    """Return an installed program. Raises BaselineUnavailable with the package to install."""
    found = shutil.which(name)
    if not found:
        raise BaselineUnavailable(
            f"The Linux baseline needs {name}, which is not installed.",
            hint=install_hint(apt_package(name)),
        )
    return Path(found).resolve()


def libraries(programs: Iterable[Path]) -> dict[str, bytes]:
    """Return the shared libraries that programs load, by path without the leading "/"."""
    found: dict[str, bytes] = {}
    for one in programs:
        for path in re.findall(r"(/\S+) \(0x", _run("ldd", str(one))):
            found[path.lstrip("/")] = Path(path).read_bytes()
    return found
