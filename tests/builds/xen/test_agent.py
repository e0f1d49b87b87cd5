"""Dom0's agent on this host: what it does for the lab needs no Xen."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from unikernel.errors import Dom0Refused, HypervisorLost
from unikernel.host import event_loop
from unikernel.machines.xen.lab import agent_program, wire
from unikernel.machines.xen.lab.agent_client import AgentClient
from unikernel.machines.xen.lab.lab_dom0 import LabDom0
from unikernel.machines.xen.lab.wire import HEADER, Kind

SOURCES = files("unikernel.machines.xen.lab") / "agent"
TIME_LIMIT_S = 60


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    program = tmp_path_factory.mktemp("agent") / "agent"
    agent_program.compile_to(program, Path(str(SOURCES)))
    return program


def started(program, port, **how):
    return subprocess.Popen((program, "-"), stdin=port, **how)


@contextlib.asynccontextmanager
async def always():
    yield


@pytest.fixture
def served(program, monkeypatch):
    """A function that runs `body(dom0, agent)` with an agent of this host."""
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")

    def run(body):
        async def with_agent():
            ours, theirs = socket.socketpair()
            with theirs:
                agent = started(program, theirs)
            client = AgentClient(ours)
            try:
                await client.greet()
                return await body(LabDom0(client, always), agent)
            finally:
                await client.close()
                agent.kill()
                agent.wait()

        return event_loop.call(with_agent(), timeout_s=TIME_LIMIT_S)

    return run


def test_a_program_runs_to_its_end(served):
    async def body(dom0, _):
        return await dom0.run(("sh", "-c", "cat; echo oops >&2; exit 3"), stdin=b"words")

    done = served(body)
    assert (done.status, done.output, done.errors) == (3, b"words", b"oops\n")
    assert 0 < done.began_ns < done.ended_ns


def test_a_program_that_is_killed(served):
    async def body(dom0, _):
        running = await dom0.start(("sh", "-c", "sleep 1000 & wait"), lambda _: None)
        running.kill()
        return await running.ended

    assert served(body) == -signal.SIGKILL


def test_a_program_that_there_is_not(served):
    async def body(dom0, _):
        await dom0.run(("no-such-program",))

    with pytest.raises(Dom0Refused, match="no-such-program: No such file"):
        served(body)


def test_a_program_that_does_not_end_is_killed(served):
    async def body(dom0, _):
        with pytest.raises(Dom0Refused, match=r"did not end in dom0 within 0\.2 s") as caught:
            await dom0.run(("sh", "-c", "echo why >&2; exec sleep 1000"), timeout_s=0.2)
        return caught.value.detail

    assert served(body) == "why"


def test_a_program_that_says_too_much_is_killed(served):
    async def body(dom0, _):
        await dom0.run(("cat", "/dev/zero"))

    with pytest.raises(Dom0Refused, match="said more than 4,194,304 bytes"):
        served(body)


def test_a_daemon_keeps_nobody_waiting(served):
    async def body(dom0, _):
        return await dom0.run(("sh", "-c", "sleep 1 & echo begun"))

    assert served(body).output == b"begun\n"


def test_files_are_put_whole(served, tmp_path):
    data = os.urandom(3_000_000)
    path = tmp_path / "file"
    path.write_bytes(b"old")

    async def body(dom0, _):
        await dom0.put(str(path), data, 0o750)
        return await dom0.get(str(path))

    assert served(body) == data
    assert path.stat().st_mode & 0o777 == 0o750
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_is_told(served, tmp_path):
    async def body(dom0, _):
        with pytest.raises(Dom0Refused) as written:
            await dom0.put(f"{tmp_path}/none/file", b"")
        with pytest.raises(Dom0Refused) as read:
            await dom0.get(f"{tmp_path}/none")
        return written.value.detail, read.value.detail

    assert all("No such file" in detail for detail in served(body))


def test_a_file_is_waited_for(served, tmp_path):
    async def body(dom0, _):
        waiting = asyncio.create_task(dom0.run(("agent", "await", f"{tmp_path}/*.late", "20000")))
        await dom0.run(("true",))
        (tmp_path / "it.late").touch()
        never = await dom0.run(("agent", "await", f"{tmp_path}/*.never", "20"))
        return (await waiting).output, never.status

    assert served(body) == (f"{tmp_path}/it.late\n".encode(), 1)


def test_a_flood_is_whole_and_delays_nobody(served):
    lines = 1_000_000

    async def body(dom0, _):
        said = bytearray()
        flood = await dom0.start(("seq", str(lines)), said.extend)
        others = 0
        while not flood.ended.done():
            await dom0.run(("true",))
            others += 1
        return bytes(said), others

    said, others = served(body)
    assert said == b"".join(b"%d\n" % number for number in range(1, lines + 1))
    assert others > 3


def resident_bytes(pid):
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def test_who_is_held_waits(served):
    async def body(dom0, agent):
        said = bytearray()
        client = dom0._agent
        channel = await client.start(("cat", "/dev/zero"), lambda _, data, __: said.extend(data))
        channel.hold(held=True)
        await dom0.run(("sleep", "0.5"))
        held = len(said)
        await dom0.run(("sleep", "0.2"))
        assert len(said) == held <= 2 * wire.WINDOW
        memory = resident_bytes(agent.pid)
        channel.hold(held=False)
        while len(said) < 4 * wire.WINDOW:
            await dom0.run(("true",))
        await channel.give_up()
        return memory, await channel.ended

    memory, status = served(body)
    assert memory < 4 << 20
    assert status == -signal.SIGKILL


def test_what_a_program_does_not_read_waits(served):
    async def body(dom0, _):
        channel = await dom0._agent.start(("sleep", "1000"), lambda *_: None)
        sending = asyncio.create_task(channel.send(bytes(4 * wire.WINDOW)))
        await dom0.run(("true",))
        assert not sending.done()
        await channel.give_up()
        with pytest.raises(BrokenPipeError):
            await sending
        return (await dom0.run(("true",))).status

    assert served(body) == 0


def test_as_many_programs_as_there_are_channels(served):
    async def body(dom0, _):
        calls = [dom0.run(("sh", "-c", f"echo {n}")) for n in range(3 * wire.MOST_CHANNELS)]
        return [int(done.output) for done in await asyncio.gather(*calls)]

    assert served(body) == list(range(3 * wire.MOST_CHANNELS))


def test_the_end_of_the_agent_is_everybody_s(served):
    async def body(dom0, agent):
        channel = await dom0._agent.start(("cat",), lambda *_: None)  # ends with its stdin
        agent.kill()
        with pytest.raises(HypervisorLost):
            await channel.ended
        await dom0.run(("true",))

    with pytest.raises(HypervisorLost, match="Dom0 is gone"):
        served(body)


def answer(program, data):
    """Return what an agent says to these bytes before it ends, and how it ends."""
    ours, theirs = socket.socketpair()
    with theirs:
        agent = started(program, theirs, stderr=subprocess.DEVNULL)
    with ours:
        ours.settimeout(TIME_LIMIT_S)
        with contextlib.suppress(ConnectionError):
            ours.sendall(data)
            ours.shutdown(socket.SHUT_WR)
        said = bytearray()
        with contextlib.suppress(ConnectionError):
            while piece := ours.recv(1 << 16):
                said += piece
    return bytes(said), agent.wait(TIME_LIMIT_S)


@pytest.mark.parametrize(
    "frame",
    [
        HEADER.pack(wire.MOST_PAYLOAD + 1, 1, Kind.INPUT, 0, 0),
        HEADER.pack(0, 1, Kind.INPUT, 1, 0),
        HEADER.pack(0, 1, 77, 0, 0),
        HEADER.pack(0, 0, Kind.HELLO, 0, 0),
        HEADER.pack(1, 1, Kind.SIGNAL, 0, 0) + b"x",
    ],
)
def test_what_is_no_frame_ends_the_agent(program, frame):
    assert answer(program, frame)[1] == 1


@pytest.mark.parametrize("words", [b"", b"true", b"\0" * (wire.MOST_PAYLOAD - 1) + b"\0"])
def test_words_that_are_none_start_nothing(program, words):
    said, status = answer(program, wire.frame(Kind.START, 3, words))
    (failed,) = wire.Parser().feed(said)
    assert (failed.kind, failed.channel, status) == (Kind.FAILED, 3, 0)


def test_more_than_the_window_ends_the_agent(program):
    start = wire.frame(Kind.START, 1, b"sleep\x001\0")
    too_much = wire.frame(Kind.INPUT, 1, bytes(wire.MOST_PAYLOAD)) * 16
    assert answer(program, start + too_much)[1] == 1


def noisy_frames(noise):
    kinds = [*Kind, 0, 6, 200]
    frames = bytearray()
    for _ in range(noise.randint(1, 40)):
        kind = noise.choice(kinds)
        payload = noise.randbytes(noise.choice((0, 1, 4, 4, 48, 100)))
        if kind == Kind.START:
            payload = noise.choice((b"true\0", b"cat\0", b"yes\0", payload))
        frames += HEADER.pack(len(payload), noise.randrange(4), kind, 0, 0) + payload
    if noise.random() < 0.3:
        frames[noise.randrange(len(frames))] = noise.randrange(256)
    return bytes(frames)


def test_noise_ends_the_agent_or_is_answered(tmp_path, monkeypatch):
    """With the sanitizers, which the C library of the host has."""
    checked = tmp_path / "agent"
    sources = sorted(str(path) for path in Path(str(SOURCES)).glob("*.c"))
    flags = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    monkeypatch.setenv("ASAN_OPTIONS", "exitcode=99:detect_leaks=0")
    monkeypatch.setenv("UBSAN_OPTIONS", "exitcode=99")
    subprocess.run(("gcc", "-D_GNU_SOURCE", *flags, *sources, "-o", checked), check=True)
    noise = random.Random(12)
    ends = [answer(checked, noisy_frames(noise))[1] for _ in range(300)]
    assert set(ends) == {0, 1}
