"""Images that no build has made."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from unikernel_toolchain.model.device import BLOCK, Device, network_devices
from unikernel_toolchain.model.image import Image


def devices_of(nets: tuple[str, ...], blocks: tuple[str, ...]) -> tuple[Device, ...]:
    """Network and block devices of these names."""
    return (*network_devices(nets), *(Device(BLOCK, name) for name in blocks))


def image_of(path: Path, name: str, **facts: Any) -> Image:
    """An image that is this file, of which no more is known than its size and these facts."""
    image = Image(
        name=name,
        path=path,
        debug_path=path,
        map_path=path,
        target="virtio",
        language="c",
        digest="0" * 64,
        size_bytes=path.stat().st_size,
        build_s=0.0,
        cached=False,
        log="",
    )
    return replace(image, **facts)
