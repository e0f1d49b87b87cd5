"""Programs that run while the tests do: beginning, waiting for one, and ending."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from support import TESTS
from support.ocaml.programs import TIME_LIMIT_S

RUNNER = ("-m", "support.beside_runner")
LOOK_S = 0.1


class Beside:
    """Programs, in Python or OCaml, that run one after the other in a process of their own."""

    def __init__(self, programs: Sequence[Path]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="unikernel-beside-"))
        command = (sys.executable, *RUNNER, str(os.getpid()), str(self.folder))
        subprocess.run(
            (*command, *map(str, programs)),
            check=True,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        self.pid = int(self.wait_for("pid", limit_s=60))

    def wait_for(self, name: str, limit_s: float) -> str:
        ends_at = time.monotonic() + limit_s
        while not (self.folder / name).exists():
            assert time.monotonic() < ends_at, f"{name}: nothing after {limit_s} s"
            time.sleep(LOOK_S)
        return (self.folder / name).read_text()

    def outcome(self, program: Path) -> tuple[int, str]:
        """Return the status of a program, and what it said, once it has ended."""
        status = int(self.wait_for(program.stem, TIME_LIMIT_S))
        return status, (self.folder / f"{program.stem}.out").read_text()

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        shutil.rmtree(self.folder)
