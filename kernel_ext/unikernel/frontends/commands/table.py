"""The commands of all areas, in the order of the help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    applications,
    debugging,
    exploring,
    images,
    language,
    machines,
    maintenance,
    measuring,
    teaching,
)

if TYPE_CHECKING:
    from .command import Command

COMMANDS: dict[str, Command] = {
    **images.COMMANDS,
    **applications.COMMANDS,
    **machines.COMMANDS,
    **debugging.COMMANDS,
    **measuring.COMMANDS,
    **exploring.COMMANDS,
    **language.COMMANDS,
    **teaching.COMMANDS,
    **maintenance.COMMANDS,
}
