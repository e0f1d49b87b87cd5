"""The Linux baseline: Debian's cloud kernel and a file system of busybox, iperf3 and nginx.

Its parts come from the distribution on first use and are kept in the cache. It finds its devices
on PCI only: the kernel takes no virtio-mmio devices without ACPI.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path

from unikernel.model.targets import VIRTIO
from unikernel_toolchain.model.device import network_devices
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.store.source_digest import source_digest

from . import cpio, debian, kernel_modules

READY = "baseline: ready"
DEVICE = "service"
LEAST_MEMORY_MIB = 192
ARGUMENTS = ("console=ttyS0", "quiet", "panic=-1")
PAGE = b"Hello from Linux!\n"
MODULES = ("virtio_pci", "virtio_net")


@dataclass(frozen=True)
class Baseline:
    """A Linux to boot: its kernel as an image, and its file system."""

    image: Image
    initrd: Path


def linux() -> Baseline:
    """Return the Linux baseline, made on first use. Raises BaselineUnavailable."""
    package = debian.kernel_package()
    mark = hashlib.sha256(f"{package} {_recipe()}".encode()).hexdigest()
    folder = cache.root() / "baseline" / mark[:16]
    with cache.locked("baseline"):
        if integrity.damage(folder):
            integrity.renew(folder, "the Linux baseline", partial(_make, package))
    kernel = folder / "vmlinuz"
    return Baseline(_image(kernel, mark), folder / "initrd")


def _recipe() -> str:
    """Return a digest that changes when what this folder makes does."""
    return source_digest(Path(__file__).parent)


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _image(kernel: Path, digest: str) -> Image:
    return Image(
        name="linux",
        path=kernel,
        debug_path=kernel,
        map_path=kernel,
        target=VIRTIO.name,
        language="c",
        digest=digest,
        size_bytes=kernel.stat().st_size,
        build_s=0.0,
        cached=True,
        log="",
        devices=network_devices((DEVICE,)),
    )


def _make(package: str, folder: Path) -> None:
    """Put kernel and file system into `folder`."""
    busybox = debian.program("busybox")
    iperf3 = debian.program("iperf3")
    contents = {
        "init": _text("init.sh").encode(),
        "etc/nginx.conf": _text("nginx.conf").encode(),
        "etc/passwd": b"root:x:0:0::/:/bin/sh\n",
        "etc/group": b"root:x:0:\n",
        "www/index.html": PAGE,
        "bin/busybox": busybox.read_bytes(),
        "bin/iperf3": iperf3.read_bytes(),
    }
    with debian.unpacked(package) as tree:
        loaded = kernel_modules.closure(tree, MODULES)
        contents |= {f"modules/{name}": content for name, content in loaded.items()}
        # Dependencies first: init loads them in this order, as it has no modprobe.
        contents["modules/order"] = "".join(f"{name}\n" for name in loaded).encode()
        (kernel,) = tree.glob("boot/vmlinuz-*")
        shutil.copyfile(kernel, folder / "vmlinuz")  # often from another file system
    with debian.unpacked("nginx") as tree:
        nginx = tree / "usr/sbin/nginx"
        contents["bin/nginx"] = nginx.read_bytes()
        contents |= debian.libraries((iperf3, nginx))
    mounts = {f"{name}/.keep": b"" for name in ("proc", "sys", "dev")}
    (folder / "initrd").write_bytes(cpio.archive(contents | mounts, {"bin/sh": "busybox"}))
