"""Files out of the distribution's packages, without installing them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from unikernel.errors import BaselineUnavailable, PackageUnavailable
from unikernel.host.distribution import commands
from unikernel.host.distribution.packages import Apt
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.tools.locate import install_hint
from unikernel_toolchain.tools.requirements import apt_package

KERNEL = "linux-image-cloud-amd64"


def kernel_package() -> str:
    """Return the package of the current cloud kernel. Raises PackageUnavailable."""
    known = Apt().known(KERNEL)
    needs = known[KERNEL].needs if KERNEL in known else ()
    found = [name for name in needs if name.startswith("linux-image-")]
    if not found:
        raise PackageUnavailable(
            f"apt knows no {KERNEL}, which the Linux baseline is made of.",
            hint="It is Debian's; run apt-get update if this is Debian.",
        )
    return found[0]


def nginx() -> Path:
    """Return nginx: the one installed, or the package's, kept in the cache.

    Raises PackageUnavailable.
    """
    if found := shutil.which("nginx"):
        return Path(found).resolve()
    folder = cache.root() / "baseline" / f"nginx-{Apt().known('nginx')['nginx'].version}"
    with cache.locked("baseline"):
        if integrity.damage(folder):
            integrity.renew(folder, "nginx of the baseline", _fetch_nginx)
    return folder / "nginx"


def _fetch_nginx(folder: Path) -> None:
    with Apt().unpacked("nginx") as tree:
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
        for path in re.findall(r"(/\S+) \(0x", commands.run("ldd", str(one))):
            found[path.lstrip("/")] = Path(path).read_bytes()
    return found
