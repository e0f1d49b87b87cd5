"""Programs that run while the tests do: beginning them, and waiting for one."""

import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from support import TESTS
from support.ocaml.programs import TIME_LIMIT_S

RUNNER = ("-m", "support.beside_runner")
LOOK_S = 0.1


class Beside:
    """Programs, in Python or OCaml, that run one after the other in a process of their own.

    Of the processes of one session, which name it and its owner, the first begins the programs.
    They and their folder go when the owner ends.
    """

    def __init__(self, programs: Sequence[Path], *, owner: int, session: str = "") -> None:
        self.folder = Path(tempfile.gettempdir(), f"unikernel-beside-{session or uuid.uuid4().hex}")
        try:
            self.folder.mkdir(mode=0o700)
        except FileExistsError:
            pass
        else:
            self.begin(programs, owner)
        self.pid = int(self.wait_for("pid", limit_s=60))

    def begin(self, programs: Sequence[Path], owner: int) -> None:
        subprocess.run(
            (sys.executable, *RUNNER, str(owner), str(self.folder), *map(str, programs)),
            check=True,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

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
