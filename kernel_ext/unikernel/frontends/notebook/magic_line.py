"""The line of a magic: remarks, and Python values in it.

As in other magics, `{expression}` and `$name` stand for values of the notebook's variables. Unlike
there, an expression that has no value, such as a name that is not defined, is an error and not left
standing, and braces around what computes nothing are left alone: JSON, and regular expressions such
as `[0-9]{3}`. What gdb is told has dollars of its own: `$pc` is left alone there. So are doubled
braces in explorations: `{{size}}` is a parameter of theirs.
"""

from __future__ import annotations

import ast
import re
import shlex
from typing import TYPE_CHECKING, Any

from unikernel.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

_PIECE = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|\s+|[^\s\\'"]+|.""", re.DOTALL)
_VALUE = re.compile(
    r"\{\{(?P<braces>[^{}]*)\}\}|\{(?P<expression>[^{}]+)\}"
    r"|\$\$(?P<dollar>[A-Za-z_]\w*)|\$(?P<name>[A-Za-z_]\w*)"
)
_FOR_GDB = re.compile(r"\s*(gdb|step|core)\b")
_EXPLORING = re.compile(r"\s*(sweep|tune)\b")
_COMPUTING = (
    *(ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.IfExp),
    *(ast.BinOp, ast.BoolOp, ast.Compare),
)
_CONVERSION = re.compile(r"(?P<expression>.+?)(?:![rsa])?(?::[^:{}'\"]*)?\Z")


def without_remark(line: str) -> str:
    """Return the line up to a `#` that begins a word outside quotes, as a shell reads it."""
    before = " "
    for piece in _PIECE.finditer(line):
        if piece[0].startswith("#") and before[-1].isspace():
            return line[: piece.start()]
        before = piece[0]
    return line


def expand(line: str, names: Mapping[str, Any]) -> str:
    """Return the line with values in place of `{expression}` and `$name`.

    `{{name}}` and `$$name` stand for `{name}` and `$name`, but `{{name}}` for itself where it names
    a parameter of a sweep or of tuning. Raises UsageError for what has no value.
    """
    for_gdb = _FOR_GDB.match(line) is not None
    exploring = _EXPLORING.match(line) is not None

    def value(match: re.Match[str]) -> str:
        if for_gdb and match[0].startswith("$"):
            return match[0]
        if match["braces"] is not None:
            doubled = not exploring and _computes(match["braces"])
            return f"{{{match['braces']}}}" if doubled else match[0]
        if match["dollar"]:
            return f"${match['dollar']}"
        if match["name"]:
            return _text_of(match["name"], "", match[0], names)
        return _in_braces(match, names)

    return _VALUE.sub(value, line)


def _in_braces(match: re.Match[str], names: Mapping[str, Any]) -> str:
    whole = match["expression"]
    if _computes(whole):
        return _text_of(whole, "", match[0], names)
    parts = _CONVERSION.fullmatch(whole)
    if parts and _computes(parts["expression"]):
        suffix = whole[parts.end("expression") :]
        return _text_of(parts["expression"], suffix, match[0], names)
    return match[0]


def _computes(text: str) -> bool:
    """Whether it is a Python expression with a variable or an operation, and no mere literal."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(isinstance(node, _COMPUTING) for node in ast.walk(tree))


def _text_of(expression: str, suffix: str, written: str, names: Mapping[str, Any]) -> str:
    """Return the value as text, formatted as `suffix` says ("!r:>8"); a name where it has one."""
    try:
        value = eval(expression.strip(), dict(names))  # noqa: S307 (the user's own, as in a cell)
        return f"{{0{suffix}}}".format(_named(value))
    except NameError as problem:
        known = [name for name in names if not name.startswith("_")]
        raise UsageError(
            f"{written} in the line stands for a Python value, and there is no {problem.name!r}.",
            hint=f"{_nearest(problem.name, known)}For the characters themselves write "
            f"{_literal(written)}",
        ) from None
    except Exception as problem:  # noqa: BLE001 (the user's expression raises what it likes)
        raise UsageError(
            f"{written} in the line has no value: {type(problem).__name__}: {problem}",
            hint=f"For the characters themselves write {_literal(written)}",
        ) from None


def _nearest(name: str | None, known: list[str]) -> str:
    hint = did_you_mean(name or "", known)
    return f"{hint} " if hint.startswith("Did") else ""


def _literal(written: str) -> str:
    return f"${written}" if written.startswith("$") else f"{{{written}}}"


def _named(value: Any) -> Any:
    """Return the quoted name of an image or a machine, which is how one writes it in a line."""
    from unikernel.machines import Machine
    from unikernel_toolchain.model.image import Image

    return shlex.quote(value.name) if isinstance(value, Image | Machine) else value
