"""Built images in the cache: kept, found again, checked, and remembered by name."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from . import cache
from .image import Image
from .plan import Plan

IMAGE, DEBUG, MAP, LOG, PLAN = "image", "debug.elf", "map", "log", "plan.json"
_RECORD = "image.json"


def keep(
    folder: Path,
    digest: str,
    plan: Plan,
    *,
    language: str,
    nets: tuple[str, ...],
    build_s: float,
) -> None:
    """Move a finished build from `folder` into the cache; what stood there is replaced.

    `folder` holds the image, its debug file, map and log under their names here. The record comes
    last: an entry without one does not count. The caller holds the digest's lock.
    """
    (folder / PLAN).write_text(json.dumps(_facts(plan), indent=1), encoding="utf-8")
    record = {
        "target": plan.target,
        "language": language,
        "digest": digest,
        "sha256": _sha256(folder / IMAGE),
        "build_s": build_s,
        "packages": list(plan.packages),
        "nets": list(nets),
    }
    (folder / _RECORD).write_text(json.dumps(record, indent=1))
    place = cache.image_folder(digest)
    place.mkdir(exist_ok=True)
    (place / _RECORD).unlink(missing_ok=True)
    for name in (IMAGE, DEBUG, MAP, LOG, PLAN, _RECORD):
        (folder / name).replace(place / name)


def _facts(plan: Plan) -> dict[str, object]:
    return {
        "target": plan.target,
        "files": dict(plan.files),
        "steps": [[step.stage, *step.command] for step in plan.steps],
        "packages": dict(plan.packages),
        "nets": list(plan.nets),
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lookup(digest: str, name: str) -> Image | None:
    """Return the image of this digest under this name; None when it is not there or damaged."""
    place = cache.image_folder(digest)
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
            nets=tuple(record["nets"]),
        )
        whole = record["sha256"] == _sha256(image.path)
        whole = whole and image.debug_path.is_file() and image.map_path.is_file()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return image if whole and image.digest == digest else None


def remember(image: Image) -> None:
    """Make this the image that `remembered` returns for its name."""
    entry = {"name": image.name, "digest": image.digest}
    cache.write_whole(cache.name_file(image.name), json.dumps(entry))


def remembered(name: str) -> Image:
    """Return the image last built under this name, by whichever process.

    Raises KeyError when there is none, or it is no longer in the cache.
    """
    try:
        entry = json.loads(cache.name_file(name).read_text())
        image = lookup(entry["digest"], entry["name"])
    except (OSError, ValueError, KeyError, TypeError):
        image = None
    if image is None:
        raise KeyError(name)
    return image
