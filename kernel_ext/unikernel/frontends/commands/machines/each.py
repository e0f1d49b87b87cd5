"""One thing done to several items: what fails for one is done to the others all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from unikernel.errors import UnikernelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(
    do: Callable[[Item], Result], items: Iterable[Item]
) -> tuple[list[Result], list[UnikernelError]]:
    """Do it to each; return the results of those where it was done, and the other errors."""
    done: list[Result] = []
    errors: list[UnikernelError] = []
    for item in items:
        try:
            done.append(do(item))
        except UnikernelError as error:
            errors.append(error)
    return done, errors


def together(errors: Sequence[UnikernelError], done: str) -> UnikernelError:
    """Return one error, of the first one's class, that says what all say, and what was `done`."""
    details = (*(error.detail for error in errors), done)
    return type(errors[0])(
        " ".join(error.what for error in errors),
        hint="\n".join(dict.fromkeys(error.hint for error in errors if error.hint)),
        detail="\n".join(filter(None, details)),
    )
