"""How large an image is, what it is made of, and why each module is in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from unikernel.model.dimensions import of_image
from unikernel.model.measurement import Measurement, Measurements, Scalar
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.report import inspect
from unikernel_toolchain.report.reasons import Reasons
from unikernel_toolchain.report.symbol_sizes import SymbolSize, symbol_sizes
from unikernel_toolchain.store import images as built

SMALL_BYTES = 256  # symbols below are one row a module
OTHERS = "(smaller symbols)"


def size(image: Image) -> Measurements:
    """Measure an image, given itself or by its name; every row is in bytes.

    "size.image" is the file that boots. "size.section.<name>" are the parts in memory.
    "size.package.<findlib name>", "size.module.<package>.<module>" and
    "size.symbol.<package>.<module>.<symbol>" say whose they are; each family adds up to what is
    loaded. A module's row says in the dimension `name` how its source calls it, and in `because`,
    in lines, why it is in the image: the chain of references from the program to it. Raises
    NoSuchImage, and ImageInvalid when the file is gone or damaged.
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
    reasons = Reasons(image)
    for part in contributions:
        reason = reasons.of(part.package, part.module)
        where: dict[str, Scalar] = {"package": part.package, "module": part.module}
        where |= {"name": reason.module, "because": "\n".join(reason.lines())}
        yield f"module.{part.package}.{part.module}", part.size_bytes, where
    for one in _large(symbol_sizes(image)):
        of = {"package": one.package, "module": one.module, "symbol": one.symbol}
        yield f"symbol.{'.'.join(of.values())}", one.size_bytes, dict(of)


def _large(symbols: list[SymbolSize]) -> Iterator[SymbolSize]:
    """Yield the larger symbols, then for each module the sum of its smaller ones."""
    small: dict[tuple[str, str], int] = defaultdict(int)
    for one in symbols:
        if one.size_bytes >= SMALL_BYTES:
            yield one
        else:
            small[one.package, one.module] += one.size_bytes
    for (package, module), size_bytes in small.items():
        yield SymbolSize(package, module, OTHERS, size_bytes)
