"""Launch: everything that was decided before a machine is started."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unikernel.model.accelerator import Accelerator
from unikernel.model.spec import Spec
from unikernel_toolchain.model.image import Image


@dataclass(frozen=True)
class Launch:
    """The decisions."""

    name: str
    image: Image
    spec: Spec  # with every network device of the image wired
    accelerator: Accelerator
    program: str  # the hypervisor, or the image itself
    keep: bool = False  # the run folder stays for a while after the end
    initrd: Path | None = None  # the first file system of a Linux
