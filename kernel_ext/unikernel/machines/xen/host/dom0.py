"""The host itself as a dom0: its own programs, its own files, consoles by their terminals."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import termios
import time
import tty
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from unikernel.errors import Dom0Refused
from unikernel.machines.xen import dom0
from unikernel.machines.xen.dom0 import (
    MOST_FILE_BYTES,
    MOST_OUTPUT_BYTES,
    RUN_TIME_S,
    Dom0,
    Done,
    Receive,
)

CONSOLE_TIME_S = 10.0  # in which a domain that was made has a console
_CHUNK = 1 << 16
_AGAIN_S = 0.05


class HostRunning(dom0.Running):
    """A program of this host; what it has started ends with it."""

    def __init__(self, process: asyncio.subprocess.Process, receive: Receive) -> None:
        self._process = process
        self.ended = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read(receive))

    async def _read(self, receive: Receive) -> None:
        assert self._process.stdout
        while data := await self._process.stdout.read(_CHUNK):
            receive(data)
        self.ended.set_result(await self._process.wait())

    def kill(self) -> None:
        """Kill it and what it has started; nothing happens when it has ended."""
        if not self.ended.done():
            _kill_group(self._process)


class HostConsole(dom0.Console):
    """The terminal that xenconsoled has for a domain."""

    def __init__(self, path: str, receive: Receive) -> None:
        """Open it. Raises OSError when that fails."""
        self._loop = asyncio.get_running_loop()
        self._receive = receive
        self._descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        tty.setraw(self._descriptor, termios.TCSANOW)  # what it has said before stays there
        self.ended = self._loop.create_future()
        self._loop.add_reader(self._descriptor, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return
        except OSError:  # EIO: xenconsoled has closed its end
            data = b""
        if not data:
            self._let_go()
            return
        self.heard_ns = time.monotonic_ns()
        self._receive(data)

    def _let_go(self) -> None:
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            self._loop.remove_writer(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
        if not self.ended.done():
            self.ended.set_result(None)

    async def send(self, data: bytes) -> None:
        """Type `data`; waits while the domain takes none."""
        while data:
            if self._descriptor < 0:
                raise BrokenPipeError
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                await asyncio.sleep(_AGAIN_S)

    def hold(self, *, held: bool) -> None:
        """Leave what the domain says in its terminal; or go on reading."""
        if self._descriptor < 0:
            return
        if held:
            self._loop.remove_reader(self._descriptor)
        else:
            self._loop.add_reader(self._descriptor, self._read)

    async def close(self) -> None:
        """Detach; no error if that was done."""
        self._let_go()


class HostDom0(Dom0):
    """A host whose xl may be used."""

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout_s: float = RUN_TIME_S
    ) -> Done:
        """Run a program to its end."""
        began_ns = time.monotonic_ns()
        async with _started(argv, errors=asyncio.subprocess.PIPE) as process:
            assert process.stdin
            assert process.stdout
            assert process.stderr
            try:
                async with asyncio.timeout(timeout_s):
                    output, errors, _ = await asyncio.gather(
                        _bounded(process.stdout, argv[0]),
                        _bounded(process.stderr, argv[0]),
                        _write(process.stdin, stdin),
                    )
                    status = await process.wait()
            except TimeoutError:
                raise Dom0Refused(f"{argv[0]} did not end within {timeout_s:g} s.") from None
        return Done(status, output, errors, began_ns, time.monotonic_ns())

    async def start(self, argv: Sequence[str], receive: Receive) -> HostRunning:
        """Start a program; its stdout and stderr go to `receive`."""
        process = await _start(argv, errors=asyncio.subprocess.STDOUT)
        assert process.stdin
        process.stdin.close()
        return HostRunning(process, receive)

    async def put(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Write a file; its folder is made if need be."""
        try:
            await asyncio.to_thread(_write_file, Path(path), data, mode)
        except OSError as problem:
            raise Dom0Refused(f"{path} cannot be written: {problem.strerror}.") from problem

    async def get(self, path: str) -> bytes:
        """Return a file's contents."""
        try:
            data = await asyncio.to_thread(_read_file, Path(path))
        except OSError as problem:
            raise Dom0Refused(f"{path} cannot be read: {problem.strerror}.") from problem
        if len(data) > MOST_FILE_BYTES:
            raise Dom0Refused(f"{path} has more than {MOST_FILE_BYTES:,} bytes.")
        return data

    async def console(self, domain_id: int, receive: Receive) -> HostConsole:
        """Attach to the console of a domain (xenstore-paths: console/tty)."""
        path = await self._console_path(domain_id)
        try:
            return HostConsole(path, receive)
        except OSError as problem:
            raise Dom0Refused(
                f"The console of domain {domain_id} cannot be opened: {problem.strerror}."
            ) from problem

    async def _console_path(self, domain_id: int) -> str:
        argv = ("xenstore-read", f"/local/domain/{domain_id}/console/tty")
        end = time.monotonic() + CONSOLE_TIME_S
        while time.monotonic() < end:
            if path := (await self.run(argv)).output.decode(errors="replace").strip():
                return path
            await asyncio.sleep(_AGAIN_S)
        raise Dom0Refused(f"Domain {domain_id} has no console: xenconsoled gave it none.")


def _write_file(path: Path, data: bytes, mode: int) -> None:
    draft = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(mode=0o755, exist_ok=True)
        draft.write_bytes(data)
        draft.chmod(mode)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_FILE_BYTES + 1)


@asynccontextmanager
async def _started(
    argv: Sequence[str], *, errors: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await _start(argv, errors=errors)
    try:
        yield process
    finally:
        if process.returncode is None:
            _kill_group(process)
            await process.wait()


async def _start(argv: Sequence[str], *, errors: int) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    try:
        return await asyncio.create_subprocess_exec(
            *argv, stdin=pipe, stdout=pipe, stderr=errors, start_new_session=True
        )
    except OSError as problem:
        raise Dom0Refused(f"{argv[0]} cannot be run: {problem.strerror}.") from problem


def _kill_group(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


async def _write(stdin: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(OSError):  # it ended, or reads nothing
        stdin.write(data)
        await stdin.drain()
    stdin.close()


async def _bounded(stream: asyncio.StreamReader, program: str) -> bytes:
    said = bytearray()
    while data := await stream.read(_CHUNK):
        said += data
        if len(said) > MOST_OUTPUT_BYTES:
            raise Dom0Refused(f"{program} says more than {MOST_OUTPUT_BYTES:,} bytes.")
    return bytes(said)
