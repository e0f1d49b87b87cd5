"""From source text to a bootable image: Config, Plan, Image, and the arrows between them."""

from __future__ import annotations

from . import errors, inspect
from .build import build, plan
from .cache import clean
from .config import LANGUAGES, Config
from .image import Image
from .plan import Plan, Step
from .run import Stop
from .store import remembered
from .targets import TARGETS

__all__ = [
    "LANGUAGES",
    "TARGETS",
    "Config",
    "Image",
    "Plan",
    "Step",
    "Stop",
    "build",
    "clean",
    "errors",
    "inspect",
    "plan",
    "remembered",
]
