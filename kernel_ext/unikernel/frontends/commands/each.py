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
    faults: list[UnikernelError] = []
    for item in items:
        try:
            done.append(do(item))
        except UnikernelError as fault:
            faults.append(fault)
    return done, faults


def together(faults: Sequence[UnikernelError], done: str) -> UnikernelError:
    """Return one error, of the first one's class, that says what all say, and what was `done`."""
    details = (*(fault.detail for fault in faults), done)
    return type(faults[0])(
        " ".join(fault.what for fault in faults),
        hint="\n".join(dict.fromkeys(fault.hint for fault in faults if fault.hint)),
        detail="\n".join(filter(None, details)),
    )
