"""What the lab is made of: Xen, a Linux kernel, and dom0's first file system.

That file system is two archives, one after the other, as Linux takes them: what comes from
packages, and what is ours and may change without anything being fetched again.
"""

from __future__ import annotations

import gzip
import shutil
from functools import partial
from importlib.resources import files
from pathlib import Path

from unikernel.errors import PackageUnavailable
from unikernel.host.distribution import cpio, kernel_modules, shared_libraries
from unikernel_toolchain.store import cache, integrity

from . import linux_image
from .choice import Choice

PROGRAMS = (
    *("xl", "xenstored", "xenconsoled", "xen-init-dom0", "libxl-save-helper"),
    *("xenstore-ls", "xenstore-read", "xenstore-write", "xenstore-rm", "xenstore-list"),
    "xenstore-watch",
)
# Of threads that end (pthread_exit); the C library opens it by name.
OPENED_BY_NAME = ("libgcc_s.so.1",)
MODULES = (
    *("xen_privcmd", "xen_evtchn", "xen_gntdev", "xen_gntalloc", "xenfs"),
    *("xen_netback", "xen_blkback", "bridge"),
    *("virtio_pci", "virtio_console", "virtio_net", "virtio_scsi", "sd_mod"),
)
MADE_BY_BOOT = ("proc", "sys", "dev", "run", "tmp", "var/lib/xen")
_LIBRARIES = "lib/x86_64-linux-gnu"
_LOADER = "ld-linux-x86-64.so.2"
_SCRIPTS = ("block", "vif-bridge")
_FORMAT = "1"  # of what `_fetch` leaves


def fetched(choice: Choice) -> Path:
    """Return the folder with what the packages give: xen, vmlinuz and packages.cpio.

    It is in the cache, and fetched when it is not. Raises PackageUnavailable.
    """
    folder = cache.root() / "xen" / f"parts-{choice.digest(_FORMAT, *PROGRAMS, *MODULES)}"
    with cache.locked("xen-parts"):
        if integrity.damage(folder):
            integrity.renew(folder, "the packages of the Xen lab", partial(_fetch, choice))
    return folder


def _fetch(choice: Choice, folder: Path) -> None:
    with choice.apt.unpacked(*choice.versions) as tree:
        (xen,) = tree.glob("boot/xen-*.gz")
        (kernel,) = tree.glob("boot/vmlinuz-*")
        (folder / "xen").write_bytes(gzip.decompress(xen.read_bytes()))
        shutil.copyfile(kernel, folder / "vmlinuz")  # often from another file system
        (folder / "packages.cpio").write_bytes(_from_packages(tree))


def _from_packages(tree: Path) -> bytes:
    programs = [_program(tree, name) for name in PROGRAMS]
    libraries = shared_libraries.closure(tree, programs, OPENED_BY_NAME)
    modules = kernel_modules.closure(tree, MODULES)
    contents = {
        "bin/busybox": _program(tree, "busybox").read_bytes(),
        **{str(path.relative_to(tree)): path.read_bytes() for path in programs},
        **{f"{_LIBRARIES}/{name}": content for name, content in libraries.items()},
        **{f"modules/{name}": content for name, content in modules.items()},
        # Dependencies first: init loads them in this order, as it has no modprobe.
        "modules/order": "".join(f"{name}\n" for name in modules).encode(),
    }
    links = {
        "bin/sh": "busybox",
        f"lib64/{_LOADER}": f"/{_LIBRARIES}/{_LOADER}",
        **{f"bin/{path.name}": f"/{path.relative_to(tree)}" for path in programs},
    }
    return cpio.archive(contents, links)


def _program(tree: Path, name: str) -> Path:
    found = [path for path in tree.rglob(f"*bin/{name}") if path.is_file()]
    if not found:
        raise PackageUnavailable(f"No package that was fetched has the program {name}.")
    return found[0]


def put(parts: Path, agent: bytes, folder: Path) -> None:
    """Put the files that QEMU starts into a folder: xen, kernel and initramfs."""
    shutil.copyfile(parts / "xen", folder / "xen")
    (folder / "kernel").write_bytes(linux_image.unpacked((parts / "vmlinuz").read_bytes()))
    contents = {
        "init": _text("init.sh"),
        "bin/agent": agent,
        "etc/passwd": b"root:x:0:0::/:/bin/sh\n",
        "etc/group": b"root:x:0:\n",
        "etc/xen/xl.conf": _text("xl.conf"),
        **{f"{name}/.keep": b"" for name in MADE_BY_BOOT},
    }
    links = {f"etc/xen/scripts/{name}": "/bin/agent" for name in _SCRIPTS}
    archives = (parts / "packages.cpio").read_bytes() + cpio.archive(contents, links)
    (folder / "initramfs").write_bytes(archives)


def _text(name: str) -> bytes:
    return files(__package__).joinpath("files", name).read_bytes()
