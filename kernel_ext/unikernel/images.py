"""Images by name: those built in this process, and those that the cache remembers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import NoSuchImage, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from unikernel_toolchain.model.image import Image

_images: dict[str, Image] = {}


def remember(image: Image) -> None:
    """Make `image` the one of its name."""
    _images[image.name] = image


def image(name: str) -> Image:
    """Return the last image built under `name`, in this process or an earlier one.

    Raises NoSuchImage.
    """
    if name in _images:
        return _images[name]
    from unikernel_toolchain import remembered

    try:
        return remembered(name)
    except KeyError:
        hint = did_you_mean(name, _images) or f"Build it first: %%unikernel build {name}"
        raise NoSuchImage(f"No image {name!r} was built.", hint=hint) from None


def images() -> tuple[Image, ...]:
    """Return the images built in this process."""
    return tuple(_images.values())


@contextmanager
def replaced(known: Iterable[Image]) -> Iterator[None]:
    """Know these images and no other of this process while the block runs, for tests."""
    before = dict(_images)
    _images.clear()
    _images.update({image.name: image for image in known})
    try:
        yield
    finally:
        _images.clear()
        _images.update(before)
