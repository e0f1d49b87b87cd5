"""Runs programs one after the other, beside the tests and at the lowest priority.

Called with the process that it is for, a folder and the programs, in Python or OCaml. It leaves
its parent's children at once, so that tests may count those, and ends when its owner ends; the
folder goes with it. Into the folder go its number (`pid`) and, for each program, what it said
(`NAME.out`) and its status (`NAME`).
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from support.ocaml.programs import built

LOWEST = 19
CLEARS_UP_S = 20


def run(owner: int, command: Sequence[str | Path], output: Path) -> int:
    """Return the status of a command, which is ended when the owner is gone."""
    with output.open("w") as output_file:
        process = subprocess.Popen(
            command, stdout=output_file, stderr=subprocess.STDOUT, start_new_session=True
        )
    # Not before: whoever waits for the compiler would wait at this priority.
    os.setpriority(os.PRIO_PROCESS, process.pid, LOWEST)
    # That counts within its session; between sessions counts this, where there is it: sched(7).
    with contextlib.suppress(OSError):
        Path(f"/proc/{process.pid}/autogroup").write_text(str(LOWEST))
    ended = os.pidfd_open(process.pid)
    ready, _, _ = select.select([owner, ended], [], [])
    if owner in ready:
        end(process)
        sys.exit()
    os.close(ended)
    return process.wait()


def end(process: subprocess.Popen[bytes]) -> None:
    """End a command: as Ctrl-C does, so that what it began and its folders go with it."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(CLEARS_UP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def write(path: Path, text: str) -> None:
    """Write so that whoever waits for the file finds all of it."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text)
    unfinished.rename(path)


def outcome(owner: int, source: Path, output: Path) -> str:
    try:
        is_python = source.suffix == ".py"
        command = (sys.executable, source) if is_python else (built(source),)
        return str(run(owner, command, output))
    except (AssertionError, OSError, subprocess.SubprocessError) as problem:
        output.write_text(f"{source.name} was not built: {problem}")
        return "1"


def main(owner_pid: str, folder_name: str, *sources: str) -> None:
    owner = os.pidfd_open(int(owner_pid))
    if os.fork():
        os._exit(0)
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job ignores it
    folder = Path(folder_name)
    try:
        write(folder / "pid", str(os.getpid()))
        for source in map(Path, sources):
            write(folder / source.stem, outcome(owner, source, folder / f"{source.stem}.out"))
        select.select([owner], [], [])
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
