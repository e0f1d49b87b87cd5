"""Everything that is decided before a machine is started."""

from __future__ import annotations

from dataclasses import dataclass

from unikernel import accelerator, footprint, hypervisor, session
from unikernel.accelerator import Accelerator
from unikernel.errors import BootFailed
from unikernel.spec import Spec
from unikernel_toolchain.config import check_name
from unikernel_toolchain.errors import ImageInvalid
from unikernel_toolchain.image import Image


@dataclass(frozen=True)
class Launch:
    """The decisions."""

    name: str
    image: Image
    spec: Spec
    accelerator: Accelerator
    qemu: str
    keep: bool = False  # the run folder stays for a while after the end


def prepare(image: Image | str, name: str | None, spec: Spec, *, keep: bool = False) -> Launch:
    """Check the image and the host, and decide.

    Raises NoSuchImage, ImageInvalid, HypervisorMissing, and BootFailed when the image does not
    fit into the memory.
    """
    if isinstance(image, str):
        image = session.image(image)
    name = check_name(name or image.name)
    if not image.path.is_file():
        raise ImageInvalid(
            f"The file of image {image.name!r} is gone: {image.path}",
            hint="Build it again.",
        )
    least_mib = footprint.least_memory_mib(image.path)
    if spec.memory_mib < least_mib:
        raise BootFailed(
            f"Image {image.name!r} does not fit into {spec.memory_mib} MiB of memory: "
            f"it needs {least_mib} MiB to begin with.",
            hint=f"Give it at least {least_mib} MiB (--memory {least_mib}, memory_mib={least_mib})",
        )
    return Launch(name, image, spec, accelerator.choose(spec.accelerator), hypervisor.find(), keep)
