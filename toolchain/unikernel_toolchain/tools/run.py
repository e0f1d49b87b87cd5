"""Runs the programs of a build: the only place that starts one.

Every program gets its own process group, so that an interrupt, a time limit or another thread's
Stop ends it together with everything it started.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from unikernel_toolchain.errors import BuildInterrupted, TookTooLong, ToolMissing

TIME_LIMIT_S = 300.0
_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
# These would change what a compiler does without the plan saying so.
_FOREIGN_VARIABLES = ("OCAMLPARAM", "CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "GCC_COLORS")


CompletedProcess = subprocess.CompletedProcess[str]  # a negative returncode is the signal


def output_of(process: CompletedProcess) -> str:
    """Return all that a program wrote: its stdout, then its stderr."""
    return process.stdout + process.stderr


class Stop:
    """Lets one thread stop a build that runs in another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self._requested = False

    def request(self) -> None:
        """End the running programs of the build; it raises BuildInterrupted."""
        with self._lock:
            self._requested = True
            for group in self._groups:
                _kill(group)

    def check(self) -> None:
        """Raise BuildInterrupted when a stop was requested."""
        if self._requested:
            raise BuildInterrupted("The build was stopped.")

    @contextlib.contextmanager
    def watching(self, group: int) -> Iterator[None]:
        """Have `request` end this process group while the block runs."""
        with self._lock:
            self._groups.add(group)
            if self._requested:
                _kill(group)
        try:
            yield
        finally:
            with self._lock:
                self._groups.discard(group)


def run(
    argv: Sequence[str | Path],
    *,
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
    stop: Stop | None = None,
    time_limit_s: float = TIME_LIMIT_S,
    text: str | None = None,
) -> CompletedProcess:
    """Run a program to its end, in `folder`, with `variables` added to the environment.

    `text` is what it reads from its standard input, which else is empty.
    A program that fails is not an error here: look at `returncode`.
    Raises ToolMissing when there is no such program, BuildInterrupted on Ctrl-C or a requested
    stop, TookTooLong when the time limit (seconds) is over. Nothing is left running.
    """
    args = tuple(str(arg) for arg in argv)
    stop = stop or Stop()
    stop.check()
    process = _start(args, folder, variables or {}, reads=text is not None)
    try:
        with stop.watching(process.pid):
            stdout, stderr = process.communicate(text, timeout=time_limit_s)
    except KeyboardInterrupt:
        raise BuildInterrupted("The build was interrupted.") from None
    except subprocess.TimeoutExpired:
        raise TookTooLong(
            f"{args[0]} did not finish within {time_limit_s:g} s.",
            detail=shlex.join(args),
            hint="Is the machine out of memory or very busy?",
        ) from None
    finally:
        _end(process)
    stop.check()
    return CompletedProcess(args, process.returncode, stdout, stderr)


def _start(
    args: tuple[str, ...], folder: Path | None, variables: Mapping[str, str], *, reads: bool
) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            args,
            cwd=folder,
            env=_environment(variables),
            stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            process_group=0,
        )
    except OSError as problem:
        raise ToolMissing(f"{args[0]} cannot be started: {problem.strerror}.") from problem


def program_path() -> str:
    """Return PATH, where programs are and look for others; without one, where systems have them.

    Compilers look for their linker on PATH and nowhere else.
    """
    return os.environ.get("PATH") or _DEFAULT_PATH


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in _FOREIGN_VARIABLES}
    fixed = {"PATH": program_path(), "LC_ALL": "C.UTF-8", "OCAML_COLOR": "never"}
    return {**kept, **fixed, **variables}


def _end(process: subprocess.Popen[str]) -> None:
    if process.returncode is None:
        _kill(process.pid)
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
