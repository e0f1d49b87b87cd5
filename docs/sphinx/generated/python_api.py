"""The public Python API: all that `import unikernel` offers, by what it is."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import TYPE_CHECKING

import unikernel
from unikernel_toolchain import errors as build_errors

from . import returned_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MEMBERS = "   :members:\n   :inherited-members: str, int, tuple, dict\n   :undoc-members:\n"


def functions() -> str:
    """Return what is called."""
    return _described("autofunction", _public_names(inspect.isroutine))


def classes() -> str:
    """Return the values and machines."""
    return _described("autoclass", _public_names(inspect.isclass), _MEMBERS)


def returned() -> str:
    """Return the classes of what comes back, which have no public name."""
    found = (f"{value.__module__}.{value.__qualname__}" for value in returned_values.classes())
    return _described("autoclass", found, _MEMBERS)


def modules() -> str:
    """Return the modules, each with what it exports, and the errors of builds."""
    found = {f"unikernel.{name}": thing for name, thing in _public() if inspect.ismodule(thing)}
    found[build_errors.__name__] = build_errors
    return "\n".join(_module(name, module) for name, module in found.items())


def _public() -> Iterable[tuple[str, object]]:
    return ((name, getattr(unikernel, name)) for name in unikernel.__all__)


def _public_names(is_wanted: Callable[[object], bool]) -> Iterable[str]:
    return (f"unikernel.{name}" for name, thing in _public() if is_wanted(thing))


def _module(name: str, module: ModuleType) -> str:
    """Return a section; what has a public name of its own is described there."""
    elsewhere = ", ".join(name for name, thing in _public() if inspect.isclass(thing))
    options = f"   :members:\n   :exclude-members: {elsewhere}\n"
    return f"### {name}\n" + _described("automodule", [module.__name__], options)


def _described(directive: str, names: Iterable[str], options: str = "") -> str:
    body = "\n".join(f".. {directive}:: {name}\n{options}" for name in names)
    return f"```{{eval-rst}}\n{body}\n```\n"
