"""Where a guest's time goes, by the names of functions: samples, and an image's symbols."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable

from unikernel.guest.unwinding import MOST_FRAMES, Code
from unikernel.host.sync_async import sync_and_async
from unikernel.machines import Machine
from unikernel.model.debugging.profile import Calls, Profile
from unikernel.model.debugging.samples import HERTZ, Samples
from unikernel_toolchain.binary import elf, symbol_table
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.report import inspect

OUTSIDE = "[outside the image]"
DEEPER = f"[deeper than {MOST_FRAMES} calls]"


async def _profile(machine: Machine, seconds: float = 3.0, hertz: float = HERTZ) -> Profile:
    """Look at a running machine for `seconds`, `hertz` times each, and return where it was.

    Where looks take so long that it would be held for more than a fifth of the time they are fewer.
    `plots.flame` draws it. Raises WrongState unless it runs, UsageError where it cannot be looked
    at, and ImageInvalid when the image's file with symbols, or its map, is gone.
    """
    samples = await machine.sample_async(seconds, hertz)
    return named(machine, samples)


profile, profile_async = sync_and_async(_profile)


def named(machine: Machine, samples: Samples) -> Profile:
    """Return samples of a machine with the names of its image's functions."""
    name_of, origin_of = _names(elf.read(machine.image.debug_path)), _origins(machine.image)
    calls: Counter[Calls] = Counter()
    for stack, count in samples.stacks.items():
        calls[_calls(stack, name_of)] += count
    addresses = {address for stack in samples.stacks for address in stack}
    origins = {name_of(address): origin_of(address) for address in addresses}
    origins.pop(OUTSIDE, None)
    rest = (samples.idle, samples.seconds, samples.held_s)
    where = machine.dimensions()
    return Profile(machine.name, dict(calls), *rest, where, origins, samples.put_off)


def _calls(stack: tuple[int, ...], name_of: Callable[[int], str]) -> Calls:
    names = tuple(name_of(address) for address in reversed(stack))
    return (DEEPER, *names) if len(stack) >= MOST_FRAMES else names


def _origins(image: Image) -> Callable[[int], str]:
    """Return the function that tells which part of the image an address is in."""
    places = sorted((begin, origin) for origin, begin, _ in inspect.places(image))
    begins = [begin for begin, _ in places]

    def origin(address: int) -> str:
        at = bisect_right(begins, address)
        return ", ".join(inspect.attributed(places[at - 1][1])) if at else ""

    return origin


def _names(program: elf.Elf) -> Callable[[int], str]:
    """Return the function that tells which function of the image an address is in."""
    functions = symbol_table.functions(program)
    begins = [address for address, _ in functions]
    code = Code.of(program)

    def name(address: int) -> str:
        at = bisect_right(begins, address)
        return functions[at - 1][1] if at and address in code else OUTSIDE

    return name
