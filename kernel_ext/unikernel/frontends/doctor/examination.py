"""An examination: each check in its turn; one that cannot be made is a finding, too."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from unikernel.errors import UnikernelError
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.messages.user_facing_error import UserFacingError

from . import building, caching, running
from .findings import Examination, Finding, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OPTIONAL_MODULES = {
    "ipykernel": "notebooks have no kernel of this Python",
    "jupyterlab": "notebooks are opened by another Python's Jupyter, or an editor",
    "anywidget": "consoles and panels are plain text",
    "matplotlib": "there are no plots",
    "pandas": "Measurements.to_frame() is missing",
    "optuna": "there is no tuning",
}


def examine() -> Examination:
    """Look at tools, caches, QEMU, the accelerator, and what else a build and a boot need.

    Takes a second the first time on a host with /dev/kvm: a probe kernel is booted.
    """
    checks = (*building.CHECKS, *caching.CHECKS, *running.CHECKS)
    found = (_finding(item, check) for item, check in checks)
    return Examination(_each_hint_once((*found, *map(_module, OPTIONAL_MODULES))))


def _each_hint_once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Leave a hint with the first finding that has it: one package brings several programs."""
    first = {finding.hint: finding for finding in reversed(findings)}
    return tuple(
        finding if finding is first[finding.hint] else replace(finding, hint="")
        for finding in findings
    )


def _finding(item: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except UserFacingError as error:
        return Finding(Status.FAIL, item, error.what, error.hint)
    except OSError as problem:
        refused = os_errors.explain(problem, "This cannot be examined", UnikernelError)
        return Finding(Status.FAIL, item, refused.what, refused.hint)


def _module(name: str) -> Finding:
    if find_spec(name):
        return Finding(Status.OK, name, "installed")
    hint = f"Install it: python -m pip install {name}"
    return Finding(Status.WARN, name, f"not installed: {OPTIONAL_MODULES[name]}", hint)
