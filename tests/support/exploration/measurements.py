"""A measurement that is a function, where workers of a cluster can import it."""

import os
import signal
from pathlib import Path
from typing import Any

from unikernel import measure
from unikernel.model.measurement import Measurements


def boot_or_die(image: Any, *, deadly: bool, memory_mib: int, marker: str) -> Measurements:
    """Measure one boot; where it is `deadly`, the worker is killed instead, the first time."""
    if deadly and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return measure.boot(image, repeat=1, warm_ups=0, memory_mib=memory_mib)
