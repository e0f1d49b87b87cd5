"""Images by name: those built in this process, and those that the cache remembers."""

from __future__ import annotations

import functools
import inspect
import shlex
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from unikernel.model.calls.arguments import checked
from unikernel.model.spec import Spec
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.model.typed import text

from .errors import NoSuchImage, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from unikernel_toolchain.model.config import Config

P = ParamSpec("P")
T = TypeVar("T")

_images: dict[str, Image] = {}
_requests: dict[str, Config] = {}  # what images of this process were built from, by name


def remember(image: Image, request: Config | None = None) -> None:
    """Make `image` the one of its name, built as `request` asked."""
    _images[image.name] = image
    _requests.pop(image.name, None)
    if request:
        _requests[image.name] = request


def request_of(image: Image) -> Config | None:
    """Return what this very image was built from, None if another process or name knows it."""
    return _requests.get(image.name) if image == _images.get(image.name) else None


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
        hint = did_you_mean(name, _images) or (
            f"Build it first: %%unikernel build {shlex.quote(name)}"
        )
        raise NoSuchImage(f"No image {name!r} was built.", hint=hint) from None


def images() -> tuple[Image, ...]:
    """Return the images built in this process."""
    return tuple(_images.values())


def by_name(
    work: Callable[Concatenate[Image, P], T],
) -> Callable[Concatenate[Image | str, P], T]:
    """Return `work`, a public function of an image, as one that also takes an image's name.

    Names become images here, at the rim; whatever is below takes images. Raises NoSuchImage, and
    UsageError for arguments that `work` does not take; its `**choices` are those of a Spec.
    """

    @functools.wraps(work)
    def taking_names(image: Image | str, *args: P.args, **kwargs: P.kwargs) -> T:
        return work(_found(image), *args, **kwargs)

    signature = inspect.signature(work)
    first, *others = signature.parameters.values()
    shown = first.replace(annotation="Image | str", kind=first.POSITIONAL_OR_KEYWORD)
    vars(taking_names)["__signature__"] = signature.replace(parameters=[shown, *others])
    choices = [field.name for field in fields(Spec)]
    return cast("Callable[Concatenate[Image | str, P], T]", checked(taking_names, choices))


def _found(image_or_name: Image | str) -> Image:
    if isinstance(image_or_name, Image):
        return image_or_name
    return image(text("image", image_or_name))


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
