"""Measure: from an image to rows of measurements."""

from .boot import boot
from .http import http
from .latency import latency
from .size import size
from .throughput import throughput

__all__ = ["boot", "http", "latency", "size", "throughput"]
