"""The Linux baseline: Debian's cloud kernel and a file system of busybox and what serves.

That is iperf3 and nginx on a network, and fio on a disk: two file systems, as fio brings eighty
megabytes of libraries, which a guest with a network would have to hold, too.

Its parts come from the distribution on first use and are kept in the cache. Under QEMU it finds
its devices on PCI only: the kernel takes no virtio-mmio devices without ACPI. Under Xen it is a PVH
domain.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path

from unikernel.host.distribution import cpio, kernel_modules
from unikernel.host.distribution.packages import Apt
from unikernel.model.targets import VIRTIO, Target
from unikernel_toolchain.model.device import BLOCK, NET, Device
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.store.source_digest import source_digest

from . import debian
from .guests import DEVICE, DISK, GUESTS, DeviceKind

BEGINS = "baseline: begins"  # its first line, and the first thing that it does
READY = "baseline: ready"
MEASURED = "baseline: measured"
PAGE = b"Hello from Linux!\n"
LEAST_MEMORY_MIB: Mapping[DeviceKind, int] = {"net": 192, "block": 512}
DEVICES: Mapping[DeviceKind, Device] = {"net": Device(NET, DEVICE), "block": Device(BLOCK, DISK)}


@dataclass(frozen=True)
class Baseline:
    """A Linux to boot: its kernel as an image, its file system, and the memory they need."""

    image: Image
    initrd: Path
    least_memory_mib: int


def linux(device: DeviceKind = "net", target: Target = VIRTIO) -> Baseline:
    """Return the Linux baseline with one device, a guest beside those of `target`.

    It is made on first use.

    Raises BaselineUnavailable and PackageUnavailable.
    """
    package = debian.kernel_package()
    mark = hashlib.sha256(f"{package} {device} {target.name} {_recipe()}".encode()).hexdigest()
    folder = cache.root() / "baseline" / mark[:16]
    with cache.locked("baseline"):
        if integrity.damage(folder):
            integrity.renew(folder, "the Linux baseline", partial(_make, package, device, target))
    kernel = folder / "vmlinuz"
    image = _image(kernel, mark, DEVICES[device], target)
    return Baseline(image, folder / "initrd", LEAST_MEMORY_MIB[device])


def _recipe() -> str:
    """Return a digest that changes when what this folder makes does."""
    return source_digest(Path(__file__).parent)


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _image(kernel: Path, digest: str, device: Device, target: Target) -> Image:
    return Image(
        name="linux",
        path=kernel,
        debug_path=kernel,
        map_path=kernel,
        target=target.name,
        language="c",
        digest=digest,
        size_bytes=kernel.stat().st_size,
        build_s=0.0,
        cached=True,
        log="",
        devices=(device,),
    )


def _make(package: str, device: DeviceKind, target: Target, folder: Path) -> None:
    """Put kernel and file system into `folder`."""
    contents = {
        "etc/passwd": b"root:x:0:0::/:/bin/sh\n",
        "etc/group": b"root:x:0:\n",
        "bin/busybox": debian.program("busybox").read_bytes(),
        **(_network_tools() if device == "net" else _disk_tools()),
    }
    with Apt().unpacked(package) as tree:
        loaded = kernel_modules.closure(tree, GUESTS[target.name].modules[device])
        contents |= {f"modules/{name}": content for name, content in loaded.items()}
        # Dependencies first: init loads them in this order, as it has no modprobe.
        contents["modules/order"] = "".join(f"{name}\n" for name in loaded).encode()
        (kernel,) = tree.glob("boot/vmlinuz-*")
        shutil.copyfile(kernel, folder / "vmlinuz")  # often from another file system
    mounts = {f"{name}/.keep": b"" for name in ("proc", "sys", "dev")}
    files = cpio.archive(contents | mounts, {"bin/sh": "busybox"})
    # No time of making in it: the same parts are to be the same bytes.
    (folder / "initrd").write_bytes(gzip.compress(files, compresslevel=6, mtime=0))


def _network_tools() -> dict[str, bytes]:
    iperf3 = debian.program("iperf3")
    found = {
        "init": _text("init.sh").encode(),
        "etc/nginx.conf": _text("nginx.conf").encode(),
        "www/index.html": PAGE,
        "bin/iperf3": iperf3.read_bytes(),
    }
    with Apt().unpacked("nginx") as tree:
        nginx = tree / "usr/sbin/nginx"
        found["bin/nginx"] = nginx.read_bytes()
        return found | debian.libraries((iperf3, nginx))


def _disk_tools() -> dict[str, bytes]:
    fio = debian.program("fio")
    found = {"init": _text("init_block.sh").encode(), "bin/fio": fio.read_bytes()}
    return found | debian.libraries((fio,))
