"""Sliders for a measurement, called from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.display import DisplayHandle

from unikernel import images

from . import widgets

if TYPE_CHECKING:
    from unikernel_toolchain.model.image import Image


def sliders(what: str, image: Image | str, **given: Any) -> object:
    """Show sliders that choose how `what` of an image is measured, and a button that does it.

    `what` is "boot", "throughput", "http", "latency" or "block". `given` are arguments of
    `measure`'s function of that name: those that have a slider say where it begins, the others
    hold for all runs. Each run is plotted beside the last ones. Raises UsageError and NoSuchImage.
    """
    found = images.image(image) if isinstance(image, str) else image
    return widgets.sliders(what, found, given, DisplayHandle)
