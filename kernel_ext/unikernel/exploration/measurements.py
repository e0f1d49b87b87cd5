"""What is measured: a measurement of ours by its name, or a function of the caller's."""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from unikernel import measure
from unikernel.errors import MeasurementFailed, UsageError, did_you_mean
from unikernel.model.measurement import Measurements
from unikernel.model.spec import Spec
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model import typed
from unikernel_toolchain.model.image import Image

Measure = Callable[..., Measurements]
What = str | Measure

BY_NAME: Mapping[str, Measure] = {
    "boot": measure.boot,
    "size": measure.size,
    "throughput": measure.throughput,
    "http": measure.http,
    "latency": measure.latency,
    "block": measure.block,
}
BOOT_OPTIONS = tuple(field.name for field in fields(Spec))
# A sweep repeats, warms up and tells of progress itself.
_SWEEPS_OWN = frozenset({"repeat", "warm_ups", "progress", "watch"})
# The size of an image is the same each time. Of its rows only those are kept that compare images:
# each of thousands of symbols at each of thousands of points would fill a disk.
STEADY = frozenset({"size"})
_SIZES = ("size.image", "size.section.", "size.package.")
WARM_UP_S = 1.0  # of a measurement that lasts as long as one says


@dataclass(frozen=True)
class Kind:
    """A measurement: its name for people, and the options that it takes.

    `options` are its own, `boots` says whether it takes those of a Spec.
    """

    what: What
    name: str
    options: frozenset[str]
    boots: bool

    @property
    def is_steady(self) -> bool:
        """Whether each repeat would give the same."""
        return self.what in STEADY

    def identity(self) -> str:
        """Return what tells the measurement from others: of a function its text, too."""
        if isinstance(self.what, str):
            return self.name
        work = self.what
        return f"{self.name} {hashlib.sha256(_text_of(work).encode()).hexdigest()[:16]}"


def kind_of(what: object) -> Kind:
    """Return what is measured. Raises UsageError for what is neither a name nor a function."""
    if isinstance(what, str):
        if what not in BY_NAME:
            hint = did_you_mean(what, BY_NAME)
            raise UsageError(f"There is no measurement {what!r}.", hint=hint)
        return _kind(what, what, BY_NAME[what])
    if callable(what):
        return _kind(what, getattr(_inner(what), "__name__", type(what).__name__), what)
    raise UsageError(
        f"What is measured is a name or a function, not {visible(typed.brief(what))}.",
        hint=f"Names are {', '.join(BY_NAME)}; a function takes an image, and returns rows.",
    )


def _kind(what: What, name: str, work: Measure) -> Kind:
    try:
        _, *others = inspect.signature(work).parameters.values()
    except ValueError:
        raise UsageError(
            f"{name} takes no image.", hint="def measure(image, **settings): … return rows"
        ) from None
    named = {
        each.name for each in others if each.kind in (each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD)
    }
    boots = any(each.kind is each.VAR_KEYWORD for each in others)
    return Kind(
        what, name, frozenset(named - _SWEEPS_OWN if isinstance(what, str) else named), boots
    )


def _inner(work: object) -> object:
    return _inner(work.func) if isinstance(work, functools.partial) else work


def _text_of(work: object) -> str:
    """Return a function's text, or what stands for it where there is none."""
    if isinstance(work, functools.partial):
        return f"{_text_of(work.func)} {work.args!r} {sorted(work.keywords.items())!r}"
    try:
        return inspect.getsource(work)  # type: ignore[arg-type]
    except (OSError, TypeError):
        code = getattr(work, "__code__", None)
        return repr((code.co_code, code.co_names, code.co_consts)) if code else repr(type(work))


def take(what: What, image: Image, settings: Mapping[str, Any]) -> Measurements:
    """Measure an image once, nothing before it. Raises what the measurement raises."""
    if not isinstance(what, str):
        found: object = what(image, **settings)
        if not isinstance(found, Measurements):
            raise MeasurementFailed(
                f"A measurement returns Measurements, and this one {visible(typed.brief(found))}.",
                hint="return uk.Measurements([uk.Measurement(metric, value, unit, {})])",
            )
        return found
    once: dict[str, Any] = {} if what in STEADY else {"repeat": 1}
    if what == "boot":
        once["warm_ups"] = 0
    rows = BY_NAME[what](image, **settings, **once)
    if what not in STEADY:
        return rows
    return rows.where(lambda row: row.metric.startswith(_SIZES))


def warm_up(what: What, image: Image, settings: Mapping[str, Any]) -> None:
    """Measure an image for nothing, and not for long where one says how long."""
    if isinstance(what, str) and "seconds" in inspect.signature(BY_NAME[what]).parameters:
        settings = {**settings, "seconds": min(WARM_UP_S, settings.get("seconds", WARM_UP_S))}
    take(what, image, settings)
