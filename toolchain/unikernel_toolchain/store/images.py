"""Built images in the cache: kept, found again, checked, and remembered by name."""

from __future__ import annotations

import contextlib
import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path

from unikernel_toolchain.errors import ImageInvalid, ToolchainError
from unikernel_toolchain.model.address_keys import AddressKeys, of_plain
from unikernel_toolchain.model.device import Device
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.model.plan import Plan

from . import cache, integrity

IMAGE, DEBUG, MAP, LOG, PLAN = "image", "debug.elf", "map", "log", "plan.json"
DISKS = "disks"
_RECORD = "image.json"
_KEPT = (IMAGE, DEBUG, MAP, LOG, PLAN, DISKS, _RECORD)


def keep(
    folder: Path,
    digest: str,
    plan: Plan,
    *,
    language: str,
    devices: tuple[Device, ...],
    build_s: float,
) -> None:
    """Make the folder of a finished build an entry of the cache: add its record, drop the rest.

    `folder` holds the image, its debug file, map and log under their names here.
    """
    (folder / PLAN).write_text(json.dumps(plan.facts(), indent=1), encoding="utf-8")
    record = {
        "target": plan.target,
        "language": language,
        "digest": digest,
        "build_s": build_s,
        "packages": list(plan.packages),
        "devices": [asdict(device) for device in devices],
        "disks": {device: disk_file(device) for device in plan.disks},
        "addresses": [asdict(it) for it in plan.addresses or of_plain(devices, plan.packages)],
    }
    (folder / _RECORD).write_text(json.dumps(record, indent=1))
    for path in folder.iterdir():  # what only the build needed
        if path.name not in _KEPT:
            cache.discard(path)


def disk_file(device: str) -> str:
    """Return the name of the file of a device's disk image; any text may name a device."""
    return f"{hashlib.sha256(device.encode()).hexdigest()[:16]}.img"


def lookup(digest: str, name: str) -> Image | None:
    """Return the image of this digest under this name; None when it is not there or damaged."""
    place = cache.image_folder(digest)
    if integrity.damage(place):
        return None
    try:
        record = json.loads((place / _RECORD).read_text())
        image = Image(
            name=name,
            path=place / IMAGE,
            debug_path=place / DEBUG,
            map_path=place / MAP,
            target=record["target"],
            language=record["language"],
            digest=record["digest"],
            size_bytes=(place / IMAGE).stat().st_size,
            build_s=record["build_s"],
            cached=True,
            log=(place / LOG).read_text(encoding="utf-8"),
            packages=tuple(record["packages"]),
            devices=tuple(Device(**facts) for facts in record["devices"]),
            disks={device: place / DISKS / file for device, file in record["disks"].items()},
            addresses=tuple(AddressKeys(**facts) for facts in record["addresses"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return image if image.digest == digest else None


def remember(image: Image) -> None:
    """Make this the image that `remembered` returns for its name."""
    entry = {"name": image.name, "digest": image.digest}
    integrity.write_record(cache.name_file(image.name), entry)


def remembered(name: str) -> Image:
    """Return the image last built under this name, by whichever process.

    Raises KeyError when there is none, or it is no longer in the cache; ImageInvalid when it is
    there and damaged.
    """
    try:
        entry = integrity.read_record(cache.name_file(name))
        digest, known_as = str(entry["digest"]), str(entry["name"])
    except (OSError, ValueError, KeyError, TypeError):
        raise KeyError(name) from None
    image = lookup(digest, known_as) or _lookup_locked(digest, known_as)
    if image is None:
        place = cache.image_folder(digest)
        if (place / IMAGE).exists():
            if found := integrity.damage(place):
                raise _damaged(name, found)
            another = f"Image {name!r} was built by another release of this program."
            raise ImageInvalid(another, hint="Build it again.")
        raise KeyError(name)
    return image


def _lookup_locked(digest: str, name: str) -> Image | None:
    """Look again when nobody is replacing the image."""
    with contextlib.suppress(ToolchainError), lock(digest):
        return lookup(digest, name)
    return None


def lock(digest: str) -> AbstractContextManager[None]:
    """Return the lock under which the image of this digest is built and replaced."""
    return cache.locked(f"image-{cache.image_folder(digest).name}")


def check(image: Image) -> None:
    """Check that an image's file is there and, if it is one of the cache's, as it was built.

    Raises ImageInvalid.
    """
    folder = image.path.parent
    if not image.path.is_file():
        raise ImageInvalid(
            f"The file of image {image.name!r} is gone: {image.path}", hint="Build it again."
        )
    ours = (folder / integrity.MANIFEST).exists() or folder == cache.image_folder(image.digest)
    if found := integrity.damage(folder) if ours else "":
        raise _damaged(image.name, found)


def _damaged(name: str, found: str) -> ImageInvalid:
    return ImageInvalid(f"Image {name!r} is damaged: {found}.", hint="Build it again.")
