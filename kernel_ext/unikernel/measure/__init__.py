"""Measure: from an image to rows of measurements.

What stands here is for users, who may name an image by its name.
"""

from unikernel.images import by_name

from . import block_load, boot_time, http_load, image_size, round_trip, tcp_throughput

block = by_name(block_load.block)
boot = by_name(boot_time.boot)
http = by_name(http_load.http)
latency = by_name(round_trip.latency)
size = by_name(image_size.size)
throughput = by_name(tcp_throughput.throughput)

__all__ = ["block", "boot", "http", "latency", "size", "throughput"]
