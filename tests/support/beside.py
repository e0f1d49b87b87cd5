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

RUNNER = ("-m", "support.beside_runner")
LOOK_S = 0.1
BEGINS_S = 60


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
        self.pid = self.wait_for_pid()

    def begin(self, programs: Sequence[Path], owner: int) -> None:
        subprocess.run(
            (sys.executable, *RUNNER, str(owner), str(self.folder), *map(str, programs)),
            check=True,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def wait_for_pid(self) -> int:
        ends_at = time.monotonic() + BEGINS_S
        while not (self.folder / "pid").exists():
            assert time.monotonic() < ends_at, f"nothing was begun within {BEGINS_S} s"
            time.sleep(LOOK_S)
        return int((self.folder / "pid").read_text())

    def outcome(self, program: Path) -> tuple[int, str]:
        """Return the status of a program, and what it said, once it has ended.

        At the lowest priority that takes as long as others have work: the programs have limits of
        their own, and here the runner's life is one.
        """
        ended = self.folder / program.stem
        while not ended.exists():
            assert Path(f"/proc/{self.pid}").exists() or ended.exists(), f"{program}: no outcome"
            time.sleep(LOOK_S)
        status = int(ended.read_text())
        return status, (self.folder / f"{program.stem}.out").read_text()
