"""The public Python API: all that `import unikernel` offers, by what it is."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import TYPE_CHECKING

import unikernel

if TYPE_CHECKING:
    from collections.abc import Callable

_HOME = "unikernel"


def functions() -> str:
    """Return what is called."""
    return _described("autofunction", inspect.isroutine, "")


def classes() -> str:
    """Return the values and machines."""
    options = "   :members:\n   :inherited-members: str, int, tuple, dict\n   :undoc-members:\n"
    return _described("autoclass", inspect.isclass, options)


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
