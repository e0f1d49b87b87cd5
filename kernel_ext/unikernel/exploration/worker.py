"""What a worker does: take one measurement, and say how it went in words of JSON.

It runs in the caller's process, or on another host under another release of this package. So what
comes and goes are plain values; and nothing is raised: an exception that leaves here is the
executor's, a worker that died.
"""

from __future__ import annotations

import functools
import os
import platform
import time
import traceback
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from unikernel.errors import (
    BaselineUnavailable,
    DiskUnavailable,
    HypervisorLost,
    HypervisorMissing,
    HypervisorSilent,
    LabUnavailable,
    NetworkUnavailable,
    PackageUnavailable,
    PortTaken,
    UsageError,
)
from unikernel.model.exploration.points import Stage
from unikernel_toolchain.errors import BadRequest, ToolchainError
from unikernel_toolchain.messages.user_facing_error import UserFacingError
from unikernel_toolchain.model.image import Image

from . import measurements, records, shipping

Task = Mapping[str, Any]
LACKS_IMAGE = {"lacks": "image"}
# What another host, or this one at another time, might not say.
_OF_THE_HOST = (
    *(BaselineUnavailable, DiskUnavailable, HypervisorLost, HypervisorMissing, HypervisorSilent),
    *(LabUnavailable, NetworkUnavailable, PackageUnavailable, PortTaken, ToolchainError),
)
_SWEEPS = 8  # that one process may be measuring for
_warm: dict[str, set[str]] = {}  # by sweep, digests of the images that were measured here for it


@functools.cache
def release() -> str:
    """Return the release of this package, as it is installed here."""
    return version("jupyter-unikernel")


def name() -> str:
    """Return what this worker is called in rows."""
    return f"{platform.node() or 'host'}/{os.getpid()}"


def measure(what: measurements.What, task: Task, files: shipping.Files | None) -> dict[str, Any]:
    """Measure an image once, and return a record of it, or that the image is lacking here.

    `task` has the caller's `version`, the `image` or how `shipping.reference` names it, the
    `settings` of the measurement, the `sweep` that it is for, and how many `warm_ups` go before an
    image's first in this process for that sweep.
    """
    began_s = time.time()
    record: dict[str, Any] = {"worker": name(), "at_s": round(began_s, 6)}
    if task["version"] != release():
        return record | records.failure(
            "host",
            f"This worker has jupyter-unikernel {release()}, and the sweep is {task['version']}'s.",
            hint="Install the same release on all workers.",
        )
    try:
        image = _image(task["image"], files)
        if image is None:
            return LACKS_IMAGE
        record |= _measured(what, image, task)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, it is told in a row
        record |= _failed(error)
    return record | {"took_s": round(time.time() - began_s, 3)}


def _image(wanted: Image | Mapping[str, str], files: shipping.Files | None) -> Image | None:
    """Return what is measured: the caller's own image where this is its process."""
    return wanted if isinstance(wanted, Image) else shipping.find(wanted, files)


def _measured(what: measurements.What, image: Image, task: Task) -> dict[str, Any]:
    settings = task["settings"]
    warm = _warm.setdefault(task["sweep"], set())
    while len(_warm) > _SWEEPS:
        del _warm[next(iter(_warm))]
    warm_ups = 0 if image.digest in warm else task["warm_ups"]
    for _ in range(warm_ups):
        measurements.warm_up(what, image, settings)
    warm.add(image.digest)
    return {"warm_ups": warm_ups, **records.of_rows(measurements.take(what, image, settings))}


def _failed(error: BaseException) -> dict[str, Any]:
    if isinstance(error, UserFacingError):
        return records.failure(_stage(error), error.what, detail=error.detail, hint=error.hint)
    told = "".join(traceback.format_exception(error))
    return records.failure("measurement", f"{type(error).__name__}: {error}", detail=told)


def _stage(error: UserFacingError) -> Stage:
    if isinstance(error, UsageError | BadRequest):
        return "request"
    return "host" if isinstance(error, _OF_THE_HOST) else "measurement"
