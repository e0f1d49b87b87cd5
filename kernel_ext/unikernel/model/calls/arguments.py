"""Arguments of a public function's call from Python: what it does not take is refused by name.

Python's own TypeError names neither what was meant nor what there is.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar, cast

from unikernel.errors import UsageError, did_you_mean

P = ParamSpec("P")
T = TypeVar("T")

_NAMED = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def checked(work: Callable[P, T], choices: Iterable[str] | None = ()) -> Callable[P, T]:
    """Return a function that raises UsageError for calls that do not fit `work`, else is the same.

    `choices` are the names that its `**choices` may have, where it has any; None for a function
    that looks at them itself.
    """
    signature = inspect.signature(work)
    parameters = signature.parameters.values()
    known = [each.name for each in parameters if each.kind in _NAMED and each.name != "self"]
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters):
        known += choices or ()

    def check(*args: P.args, **kwargs: P.kwargs) -> None:
        what = vars(checking).get("shown") or checking.__name__
        for name in kwargs:
            if name not in known and choices is not None:
                raise UsageError(
                    f"{what} has no argument {name!r}.", hint=did_you_mean(name, known)
                )
        try:
            signature.bind(*args, **kwargs)
        except TypeError as problem:
            raise UsageError(
                f"{what} is not called so: {problem}.", hint=f"Its arguments: {', '.join(known)}."
            ) from None

    checking = _calling(work, check)
    return checking


def checked_call(work: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that looks at its `**names` itself: its other arguments are checked."""
    return checked(work, None)


def checked_fields(values: type[T]) -> type[T]:
    """Decorate a dataclass: raise UsageError where it is made from fields that it has not."""
    make = checked(values.__init__)
    vars(make)["shown"] = values.__name__
    setattr(values, "__init__", make)  # noqa: B010 (which mypy has no words for)
    return values


def _calling(work: Callable[P, T], check: Callable[P, None]) -> Callable[P, T]:
    """Return a function like `work`, a coroutine function if it is one, that checks before."""
    if inspect.iscoroutinefunction(work):

        @functools.wraps(work)
        async def checking_async(*args: P.args, **kwargs: P.kwargs) -> Any:
            check(*args, **kwargs)
            return await work(*args, **kwargs)

        return cast("Callable[P, T]", checking_async)

    @functools.wraps(work)
    def checking(*args: P.args, **kwargs: P.kwargs) -> T:
        check(*args, **kwargs)
        return work(*args, **kwargs)

    return checking
