"""A Linux kernel, its modules and a shell, taken out of Debian packages without installing them."""

import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

# In the order they are loaded: the bus, the file system over it, then KVM.
MODULES = (
    *("virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci"),
    *("netfs", "fscache", "9pnet", "9pnet_virtio", "9p"),
    *("irqbypass", "ccp", "kvm", "kvm-amd"),
)


class Unavailable(Exception):
    """A piece cannot be had here; the text says which and why."""


@dataclass(frozen=True)
class Linux:
    """What an initramfs is made of. `modules` are file contents in loading order."""

    kernel: Path
    modules: tuple[bytes, ...]
    busybox: bytes


def linux(cache: Path) -> Linux:
    """Return Debian's current kernel and busybox, downloaded into `cache` once."""
    cache.mkdir(parents=True, exist_ok=True)
    package = kernel_package()
    kernel_members = members(download(package, cache), ("/vmlinuz-", ".ko"))
    busybox = members(download("busybox-static", cache), ("/bin/busybox",))
    kernel = cache / package
    kernel.write_bytes(one(kernel_members, "/vmlinuz-"))
    return Linux(
        kernel=kernel,
        modules=tuple(one(kernel_members, f"/{name}.ko") for name in MODULES),
        busybox=one(busybox, "/bin/busybox"),
    )


def kernel_package() -> str:
    """Return the name of the package that linux-image-amd64 stands for."""
    for line in output("apt-cache", "depends", "linux-image-amd64").splitlines():
        if line.strip().startswith("Depends: linux-image-"):
            return line.split()[1]
    raise Unavailable("apt knows no linux-image-amd64: not Debian, or no package lists")


def download(package: str, cache: Path) -> Path:
    """Return the package's .deb in `cache`, fetched if it is not there."""
    for found in cache.glob(f"{package}_*.deb"):
        return found
    output("apt-get", "-qo", "Acquire::Retries=3", "download", package, folder=cache)
    return next(cache.glob(f"{package}_*.deb"))


def members(deb: Path, parts: tuple[str, ...]) -> dict[str, bytes]:
    """Return the files in `deb` whose path has one of `parts` in it."""
    command = ["dpkg-deb", "--fsys-tarfile", str(deb)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            return {
                member.name: file.read()
                for member in archive
                if any(part in member.name for part in parts)
                and (file := archive.extractfile(member))
            }


def one(files: dict[str, bytes], part: str) -> bytes:
    """Return the one file whose path has `part` in it."""
    for name, content in files.items():
        if part in name:
            return content
    raise Unavailable(f"no {part} in the package")


def output(*command: str, folder: Path | None = None) -> str:
    """Return what a command prints; Unavailable when it cannot do its work."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as why:
        raise Unavailable(f"{command[0]}: {why}") from why
    if done.returncode:
        raise Unavailable(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
    return done.stdout
