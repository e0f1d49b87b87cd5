"""From source text to a bootable image: Config, Plan, Image, and the arrows between them."""

from __future__ import annotations

from . import errors
from .build import build, plan
from .configuration.evaluate import configure, evaluate, key_help
from .model.config import LANGUAGES, Config
from .model.configuration import Configuration, Configured
from .model.device import Device
from .model.image import Image
from .model.plan import Plan, Step
from .postlink import OPTIONAL_PASSES
from .report import inspect
from .store.cache import clean
from .store.images import remembered
from .targets import TARGETS
from .tools.run import Stop

__all__ = [
    "LANGUAGES",
    "OPTIONAL_PASSES",
    "TARGETS",
    "Config",
    "Configuration",
    "Configured",
    "Device",
    "Image",
    "Plan",
    "Step",
    "Stop",
    "build",
    "clean",
    "configure",
    "errors",
    "evaluate",
    "inspect",
    "key_help",
    "plan",
    "remembered",
]
