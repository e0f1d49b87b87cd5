"""Measure: from an image to rows of measurements."""

from .boot_time import boot
from .http_load import http
from .image_size import size
from .round_trip import latency
from .tcp_throughput import throughput

__all__ = ["boot", "http", "latency", "size", "throughput"]
