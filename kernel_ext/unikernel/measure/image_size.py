"""How large an image is, and what it is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from unikernel.model.dimensions import of_image
from unikernel.model.measurement import Measurement, Measurements, Scalar
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.report import inspect
from unikernel_toolchain.store import images as built


def size(image: Image) -> Measurements:
    """Measure an image, given itself or by its name; every row is in bytes.

    "size.image" is the file that boots. "size.section.<name>" are the parts in memory.
    "size.package.<findlib name>" and "size.module.<package>.<module>" say whose they are; each
    family adds up to what is loaded. Raises NoSuchImage, and ImageInvalid when the file is gone
    or damaged.
    """
    built.check(image)
    dimensions = dict(of_image(image))
    return Measurements(
        Measurement(f"size.{metric}", size_bytes, "B", dimensions | more)
        for metric, size_bytes, more in _sizes(image)
    )


def _sizes(image: Image) -> Iterator[tuple[str, int, dict[str, Scalar]]]:
    yield "image", image.size_bytes, {}
    for section in inspect.sections(image):
        yield f"section.{section.name}", section.size_bytes, {"kind": section.kind}
    contributions = inspect.contributions(image)
    packages: Counter[str] = Counter()
    for part in contributions:
        packages[part.package] += part.size_bytes
    for package, size_bytes in packages.most_common():
        yield f"package.{package}", size_bytes, {"package": package}
    for part in sorted(contributions, key=lambda part: -part.size_bytes):
        where: dict[str, Scalar] = {"package": part.package, "module": part.module}
        yield f"module.{part.package}.{part.module}", part.size_bytes, where
