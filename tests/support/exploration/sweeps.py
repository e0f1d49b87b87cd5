"""Sweeps that are compared: sixty points here and on a cluster."""

from typing import Any

import unikernel as uk
from unikernel.exploration.sweep import Sweep

WORDS = 'let start () = print_endline "{{word}}"\n'
# 5 × 3 × 4 points of six images
AXES: dict[str, list[Any]] = {
    "memory_mib": [12, 16, 24, 32, 64],
    "word": ["short", "longer words", "a line that is longer than the others"],
    "environment": ["A=1", "A=2", "B=1", "B=2"],
}
FIXED: dict[str, Any] = {"target": "unix", "repeat": 1, "warm_ups": 0}
# What tells where and when a row was taken, and so differs.
_ELSEWHERE = ["value", "worker", "at_s"]


def swept(**more: Any) -> Sweep:
    """Measure boots at sixty points."""
    return uk.sweep("boot", WORDS, AXES, **{**FIXED, **more})


def sizes(**more: Any) -> Sweep:
    """Measure sizes, which are the same wherever they are measured."""
    return uk.sweep("size", WORDS, {"word": AXES["word"]}, **{**FIXED, **more})


def compare(found: Sweep, here: Sweep) -> None:
    """Assert that two sweeps found the same, but for times."""
    assert [point.settings for point in found.points] == [point.settings for point in here.points]
    assert not found.failed
    assert found.complete
    there, ours = found.to_frame(), here.to_frame()
    assert list(there.columns) == list(ours.columns)
    assert there.drop(columns=_ELSEWHERE).equals(ours.drop(columns=_ELSEWHERE))
    assert (there.value > 0).all()
