"""Images of the target `unix`, built and run as the plain programs they are."""

import contextlib
import os
import re
import select
import subprocess
import time
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from support import TESTS
from unikernel.guest.trace import Ending, FinalMessage, Frequency, Passed, TraceParser
from unikernel_toolchain import Config, build
from unikernel_toolchain.model.config import Language
from unikernel_toolchain.model.image import Image

GUESTS = TESTS / "guest/programs"
ENDS_WITHIN_S = 30
Kind = TypeVar("Kind", Ending, Frequency, FinalMessage, Passed)
ALLOWED = {
    *("read", "readv", "write", "writev", "ppoll", "clock_gettime", "arch_prctl"),
    *("ioctl", "rt_sigreturn", "exit_group"),
}


def guest_facts(name: str) -> dict[str, Any]:
    return tomllib.loads((GUESTS / name / "guest.toml").read_text())


def guest(name: str) -> Image:
    """Build tests/guest/programs/<name>."""
    facts = guest_facts(name)
    file = "main.c" if facts["language"] == "c" else "main.ml"
    text = (GUESTS / name / file).read_text()
    return program(text, name, facts["language"], facts.get("packages", ()), file)


def program(
    text: str,
    name: str = "program",
    language: Language = "c",
    packages: Iterable[str] = (),
    file: str | None = None,
) -> Image:
    file = file or ("main.c" if language == "c" else "main.ml")
    return build(
        Config(name, {file: text}, target="unix", language=language, packages=tuple(packages))
    )


@contextlib.contextmanager
def running(
    image: Image, *argv: str, keep: Collection[int] = (), **keywords: Any
) -> Iterator[subprocess.Popen[str]]:
    """The image as a process, killed at the end; its words are given as one argument."""
    keywords = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, **keywords}
    command = (image.path, " ".join(argv))
    with subprocess.Popen(command, pass_fds=keep, text=True, **keywords) as process:
        try:
            yield process
        finally:
            process.kill()


def run(
    image: Image,
    *argv: str,
    typed: str = "",
    keep: Collection[int] = (),
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run to the end; return the finished process with what it printed."""
    command = (image.path, " ".join(argv))
    return subprocess.run(
        command,
        input=typed,
        capture_output=True,
        text=True,
        pass_fds=keep,
        timeout=ENDS_WITHIN_S,
        env=environment,
    )


class Trace:
    """What an image told over its trace channel."""

    def __init__(self, data: bytes) -> None:
        parser = TraceParser()
        self.records = parser.feed(data)
        assert not parser.damaged

    def _of(self, kind: type[Kind]) -> list[Kind]:
        return [record for record in self.records if isinstance(record, kind)]

    @property
    def hz(self) -> int:
        (record,) = self._of(Frequency)
        hz: int = record.tsc_hz
        return hz

    @property
    def milestones(self) -> list[tuple[str, int]]:
        return [(record.milestone.name, record.tsc) for record in self._of(Passed)]

    @property
    def ending(self) -> tuple[str, int]:
        (record,) = self._of(Ending)
        return record.kind.name, record.status

    @property
    def words(self) -> list[str]:
        return [record.text for record in self._of(FinalMessage)]


def run_traced(
    image: Image, *argv: str, **keywords: Any
) -> tuple[subprocess.CompletedProcess[str], Trace]:
    """Run to the end; return the finished process and what it told."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as channel:
        try:
            done = run(image, f"UNIKERNEL_TRACE={writer}", *argv, keep=(writer,), **keywords)
        finally:
            os.close(writer)
        return done, Trace(channel.read())


def line(process: subprocess.Popen[str], within_s: float = ENDS_WITHIN_S) -> str:
    """Return the next line that the process prints, and take no byte behind it."""
    assert process.stdout
    text = b""
    while not text.endswith(b"\n"):
        assert select.select([process.stdout], [], [], within_s)[0], f"no line after {text!r}"
        byte = os.read(process.stdout.fileno(), 1)
        assert byte, f"its output ended after {text!r}"
        text += byte
    return text.decode().rstrip("\n")


def cpu_time_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def state_of(pid: int) -> str:
    """Return a process's state as ps shows it: S, R, T, Z …, or "gone"."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "gone"


def until(condition: Callable[[], object], within_s: float = ENDS_WITHIN_S) -> None:
    """Wait for a condition to hold."""
    end_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end_s, "it did not come about"
        time.sleep(0.005)


def calls_after_start(log: Path) -> set[str]:
    """Return the system calls in strace's log once the process was locked in."""
    _, locked, afterwards = log.read_text().partition("PR_SET_SECCOMP")
    assert locked
    return set(re.findall(r"^(\w+)\(", afterwards, re.MULTILINE))
