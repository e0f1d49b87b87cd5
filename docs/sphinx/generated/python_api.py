"""The public Python API: all that `import unikernel` offers, by what it is."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import TYPE_CHECKING

import unikernel

from . import returned_values

if TYPE_CHECKING:
    from collections.abc import Callable

_HOME = "unikernel"
_MEMBERS = "   :members:\n   :inherited-members: str, int, tuple, dict\n   :undoc-members:\n"


def functions() -> str:
    """Return what is called."""
    return _described("autofunction", inspect.isroutine, "")


def classes() -> str:
    """Return the values and machines."""
    return _described("autoclass", inspect.isclass, _MEMBERS)


def returned() -> str:
    """Return the classes of what comes back, which have no public name."""
    found = (f"{value.__module__}.{value.__qualname__}" for value in returned_values.classes())
    body = "\n".join(f".. autoclass:: {name}\n{_MEMBERS}" for name in found)
    return f"```{{eval-rst}}\n{body}\n```"


def modules() -> str:
    """Return the modules, each with what it exports."""
    here = ", ".join(name for name in unikernel.__all__ if inspect.isclass(_found(name)))
    options = f"   :members:\n   :exclude-members: {here}\n"
    return _described("automodule", lambda found: isinstance(found, ModuleType), options)


def _found(name: str) -> object:
    return getattr(unikernel, name)


def _described(directive: str, is_wanted: Callable[[object], bool], options: str) -> str:
    found = [name for name in unikernel.__all__ if is_wanted(_found(name))]
    body = "\n".join(_one(directive, name, options) for name in found)
    return f"```{{eval-rst}}\n{body}\n```"


def _one(directive: str, name: str, options: str) -> str:
    thing = _found(name)
    if isinstance(thing, ModuleType):
        title = f"{name}\n{'-' * len(name)}\n\n"
        return f"{title}.. {directive}:: {thing.__name__}\n{options}\n"
    return f".. {directive}:: {_HOME}.{name}\n{options}\n"
