"""A capture as values: those packets that are wanted, and what is not among them."""

from __future__ import annotations

import time
from pathlib import Path

from unikernel.model.debugging.packets import Packet, PacketFilter, Packets

from . import capture_file
from .decoding import Decoder

MOST_KEPT = 10_000
MOST_SEEN = 1_000_000
MOST_SECONDS = 20.0
OUT_OF_ORDER_S = 1.0  # at most, by which packets that several processors saw may be


def packets(path: str | Path, wanted: PacketFilter | None = None) -> Packets:
    """Return the packets of a pcap file that are `wanted`, MOST_KEPT at most.

    Raises UsageError when the file cannot be read or is no capture; one that is damaged is read
    as far as it is whole.
    """
    wanted = wanted or PacketFilter()
    found: list[Packet] = []
    decoder, seen, fitting = Decoder(), 0, 0
    deadline_s = time.monotonic() + MOST_SECONDS
    began_s = last_s = 0.0
    remarks = []
    with capture_file.opened(path) as capture:
        for frame in capture.frames():
            if seen == MOST_SEEN or time.monotonic() > deadline_s:
                remarks.append(f"Only the first {seen:,} packets were looked at: there are more.")
                break
            seen += 1
            began_s = began_s or frame.time_s
            if frame.time_s < last_s - OUT_OF_ORDER_S and not remarks:
                remarks.append(
                    f"Packet {seen:,} is older than the one before it: the clock was set back, "
                    "or the file is damaged."
                )
            last_s = frame.time_s
            packet, layers = decoder.packet(seen, frame)
            if wanted.wants(packet, layers):
                fitting += 1
                if fitting <= MOST_KEPT:
                    found.append(packet)
        if fitting > len(found):
            remarks.append(f"{fitting - len(found):,} packets more that are not kept here.")
        if capture.damage:
            remarks.append(capture.damage)
    return Packets(str(path), tuple(found), seen, tuple(remarks), began_s, wanted)
