"""What public functions return and nobody imports: found by their annotations."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

import unikernel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CLASS = re.compile(r"\b[A-Z]\w+")
_OURS = ("unikernel.", "unikernel_toolchain.")


def classes() -> list[type]:
    """Return the classes of ours that public names return and that are no public names."""
    public = {id(thing) for thing in _public_things()}
    found = {
        value: None
        for function in _functions()
        for name in _CLASS.findall(str(function.__annotations__.get("return", "")))
        if (value := _meant(name, function)) and id(value) not in public
    }
    return sorted(found, key=lambda value: value.__name__)


def _public_things() -> Iterator[object]:
    for name in unikernel.__all__:
        thing = getattr(unikernel, name)
        yield thing
        if isinstance(thing, ModuleType):
            yield from (getattr(thing, part) for part in _exported(thing))


def _exported(module: ModuleType) -> Iterable[str]:
    names = getattr(module, "__all__", None) or vars(module)
    return (name for name in names if not name.startswith("_"))


def _functions() -> Iterator[FunctionType]:
    """Yield public functions, and those of public classes, unwrapped."""
    for thing in _public_things():
        members = inspect.getmembers(thing) if inspect.isclass(thing) else [("it", thing)]
        for name, member in members:
            function = member.fget if isinstance(member, property) else member
            if not name.startswith("_") and callable(function):
                function = inspect.unwrap(function)
                if inspect.isfunction(function):
                    yield function


def _meant(name: str, function: FunctionType) -> type | None:
    """Return the class of ours that an annotation of a function names."""
    module = sys.modules[function.__module__]
    thing = getattr(module, name, None) or _imported_for_types(module).get(name)
    if inspect.isclass(thing) and thing.__module__.startswith(_OURS):
        return thing
    return None


@cache
def _imported_for_types(module: ModuleType) -> dict[str, object]:
    """Return what a module imports for type checkers alone."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            home = "." * node.level + (node.module or "")
            if node.level or home.startswith(_OURS):
                for alias in node.names:
                    source = import_module(home, module.__package__)
                    found[alias.asname or alias.name] = getattr(source, alias.name, None)
    return found
