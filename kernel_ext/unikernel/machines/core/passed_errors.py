"""Errors passed from process to process, as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unikernel import errors
from unikernel.errors import UnikernelError
from unikernel_toolchain.errors import ToolchainError


def facts_of(error: UnikernelError | ToolchainError) -> dict[str, Any]:
    """Return the kind of an error and its texts."""
    return {"error": type(error).__name__, "texts": [error.what, error.hint, error.detail]}


def error_of(facts: Mapping[str, Any], otherwise: type[UnikernelError]) -> UnikernelError:
    """Return the error again; of a kind that is none of ours, as one of `otherwise`."""
    what, hint, detail = facts["texts"]
    kind = getattr(errors, facts["error"], otherwise)
    error: UnikernelError = kind(what, hint=hint, detail=detail)
    return error
