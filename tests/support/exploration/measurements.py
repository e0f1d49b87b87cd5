"""Measurements that are functions, where workers of a cluster can import it."""

import os
import signal
import time
from pathlib import Path
from typing import Any

from unikernel import measure
from unikernel.model.measurement import Measurement, Measurements

WAIT_S = 0.05


def boot_or_die(image: Any, *, deadly: bool, memory_mib: int, marker: str) -> Measurements:
    """Measure one boot; where it is `deadly`, the worker is killed instead, the first time."""
    if deadly and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return measure.boot(image, repeat=1, warm_ups=0, memory_mib=memory_mib)


def wait(image: Any, *, memory_mib: int) -> Measurements:
    """Take WAIT_S, and no processor: what a measurement costs beyond itself."""
    time.sleep(WAIT_S)
    return Measurements([Measurement("waited", WAIT_S, "s", {"image": image.name})])
