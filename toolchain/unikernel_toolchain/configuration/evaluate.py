"""What can be asked of the config.ml of a request, in a thread that an interrupt does not tear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.configuration import Configured
from unikernel_toolchain.store import cache
from unikernel_toolchain.tools.interruptible import interruptible
from unikernel_toolchain.tools.locate import Toolchain, locate
from unikernel_toolchain.tools.progress import Progress
from unikernel_toolchain.tools.run import Stop

from . import prepare

Answer = TypeVar("Answer")


def evaluate(
    config: Config, *, progress: Progress | None = None, stop: Stop | None = None
) -> Config:
    """Return the same request, its config.ml evaluated. Raises ToolchainError.

    For who shows what is configured and builds it at once: files and variables that config.ml reads
    are not looked at again.
    """
    return replace(config, evaluation=_ask(prepare.evaluation, config, progress, stop))


def configure(
    config: Config, *, progress: Progress | None = None, stop: Stop | None = None
) -> Configured:
    """Return what the config.ml of this request describes. Raises ToolchainError."""
    return _ask(prepare.configure, config, progress, stop)


def key_help(config: Config, *, progress: Progress | None = None, stop: Stop | None = None) -> str:
    """Return the keys of this request's config.ml, as help lists flags. Raises ToolchainError."""
    return _ask(prepare.key_help, config, progress, stop)


def _ask(
    what: Callable[[Config, Toolchain, Progress, Stop], Answer],
    config: Config,
    progress: Progress | None,
    stop: Stop | None,
) -> Answer:
    stop = stop or Stop()

    def work(progress: Progress) -> Answer:
        cache.make_folder(cache.root())
        cache.check_runs_programs()
        return what(config, locate(), progress, stop)

    with os_errors.raised_as(f"Configuring {config.name!r} in {cache.root()}", ToolchainError):
        return interruptible(work, progress, stop)
