"""Measure: from an image to rows of measurements."""

from .boot import boot
from .size import size

__all__ = ["boot", "size"]
