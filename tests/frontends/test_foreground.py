"""`unikernel boot` in pipes, files, at terminals, in front and in the background."""

import functools
import os
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
from support.frontends import console_guests
from support.frontends.console_guests import COMMAND, TIME_LIMIT_S, unikernel
from support.frontends.terminal_session import TerminalSession

from unikernel.frontends.terminal import cli
from unikernel.guest.transcript import LIMIT
from unikernel.host import run_folder

pytestmark = pytest.mark.boot
BROKEN_PIPE = 128 + signal.SIGPIPE
NO_ACCEL = {"virtio": ("--accel", "tcg"), "unix": ()}


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Gives the name of the image of one of the guests, built once."""
    folder = tmp_path_factory.mktemp("guests")
    return functools.cache(lambda name, target="unix": console_guests.build(name, folder, target))


@pytest.fixture(scope="module")
def octets(image):
    """A machine of another process that said every byte there is, and ended."""
    name = f"octets {os.getpid()}"
    booted = unikernel("boot", image("octets"), "--name", name, "--detach")
    assert booted.returncode == 0, booted.stderr
    yield name
    unikernel("stop", name)


def in_shell(script, *argv):
    """Run a script of bash's in which "$@" is the command with `words`."""
    command = ("bash", "-c", script, "bash", *COMMAND, *argv)
    return subprocess.run(command, capture_output=True, timeout=TIME_LIMIT_S, check=False)


def folders_of(pid):
    return list(run_folder.runtime_folder().glob(f"{pid}-*"))


def of_threads(pid, name):
    """Return a file's text for each thread of a process; "" for one that ends while we look."""
    try:
        tasks = [*Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return
    for task in tasks:
        try:
            yield (task / name).read_text()
        except (FileNotFoundError, ProcessLookupError):
            yield ""


def children(pid):
    return [int(child) for text in of_threads(pid, "children") for child in text.split()]


def wait_until(condition, limit_s=60):
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.parametrize("target", NO_ACCEL)
def test_a_reader_that_has_seen_enough_ends_the_guest(image, target):
    argv = ("boot", image("talk", target), *NO_ACCEL[target])
    ran = in_shell('"$@" | head -n 1; echo "${PIPESTATUS[0]}"', *argv)
    stdout, status = ran.stdout.splitlines()
    assert stdout.startswith(b"line 0 ")
    assert (int(status), ran.stderr) == (BROKEN_PIPE, b"")


def test_a_reader_that_goes_ends_a_silent_guest_too(image):
    ran = in_shell('"$@" | head -n 1; echo "${PIPESTATUS[0]}"', "boot", image("echo"))
    assert (ran.stdout, ran.stderr) == (b"ready\n%d\n" % BROKEN_PIPE, b"")


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (">/dev/full", b"The output cannot be written: the disk is full"),
        (">&-", b"The output cannot be written: Bad file descriptor"),
        (">&- 2>&-", b""),
        (">/dev/full 2>&1", b""),
    ],
)
@pytest.mark.parametrize("command", ["boot", "ps", "logs", "console", "--help"])
def test_an_output_that_takes_nothing_is_one_short_message(command, where, message, image, octets):
    words = {"boot": (image("talk"),), "ps": (), "--help": ()}.get(command, (octets,))
    ran = in_shell(f'"$@" {where}', command, *words)
    assert ran.returncode == cli.FAILURE
    assert (message in ran.stderr, b"Traceback" in ran.stderr) == (True, False)
    assert len(ran.stderr.splitlines()) == (1 if message else 0)


@pytest.mark.parametrize("command", ["ps", "logs", "console", "--help"])
def test_a_reader_that_is_gone_is_no_error(command, octets):
    argv = (command, octets) if command in {"logs", "console"} else (command,)
    ran = in_shell('"$@" | true; echo "${PIPESTATUS[0]}"', *argv)
    assert ran.stderr == b""
    assert int(ran.stdout) in {0, BROKEN_PIPE}  # `true` may end after all was written


def test_a_closed_stderr_gets_nothing_and_nobody_else_gets_it():
    ran = in_shell('"$@" 2>&-', "stop", "no such machine")
    assert (ran.returncode, ran.stdout, ran.stderr) == (cli.FAILURE, b"", b"")
    assert in_shell('"$@" 2>/dev/full', "stop", "no such machine").returncode == cli.FAILURE


@pytest.mark.parametrize("target", NO_ACCEL)
def test_a_pipe_gets_the_bytes_themselves(image, target):
    argv = (image("octets", target), *NO_ACCEL[target])
    assert unikernel("boot", *argv).stdout == bytes(range(256))


@pytest.mark.parametrize("command", ["logs", "console"])
def test_other_processes_get_the_bytes_themselves(command, octets, image):
    assert unikernel(command, octets).stdout == bytes(range(256))


def test_other_processes_get_the_bytes_of_a_guest_that_runs(image):
    name = f"echo {os.getpid()}"
    assert unikernel("boot", image("echo"), "--name", name, "--detach").returncode == 0
    try:
        output = unikernel("console", name, "--send", "\udcff\udc80", "--expect", "got .*")
        assert output.returncode == 0, output.stderr
        assert unikernel("logs", name).stdout == b"ready\ngot \xff\x80\n"
        assert unikernel("logs", name, "-n", "1").stdout == b"got \xff\x80\n"
    finally:
        unikernel("stop", name)


def test_other_processes_follow_a_guest_that_talks_all_the_time(image):
    name = f"talk {os.getpid()}"
    assert unikernel("boot", image("talk"), "--name", name, "--detach").returncode == 0
    try:
        wait_until(lambda: len(unikernel("logs", name).stdout) == LIMIT)
    finally:
        stopped = unikernel("stop", name)
    assert b"stopped" in stopped.stdout


def test_a_slow_reader_holds_the_guest_up_and_gets_everything(image):
    ran = in_shell('"$@" | (sleep 1; cat)', "boot", image("count"))
    assert ran.stdout.splitlines() == [b"line %d of the count" % n for n in range(200_000)]


def test_what_is_piped_in_waits_until_the_guest_reads(image):
    lines = b"".join(b"%d\n" % n for n in range(20_000))
    script = '"$@" | head -n 20001 | tail -n 1'
    command = ("bash", "-c", script, "bash", *COMMAND, "boot", image("echo"))
    ran = subprocess.run(command, input=lines, capture_output=True, timeout=TIME_LIMIT_S)
    assert (ran.stdout, ran.stderr) == (b"got 19999\n", b"")


def test_a_terminal_gets_nothing_that_it_would_act_on(image):
    with TerminalSession(*COMMAND, "boot", image("rude")) as terminal:
        shown = terminal.rest()
        assert terminal.status() == 128 + signal.SIGABRT
    assert rb"^[]52;c;aGFjaw==^G^[[2J^[]0;title^G<U+009B>2J<U+202E>!" in shown
    assert b"\x1b" not in shown


def test_a_terminal_gets_everything_when_asked_for(image):
    with TerminalSession(*COMMAND, "boot", image("rude"), "--raw") as terminal:
        assert b"\x1b]52;c;aGFjaw==\x07\x1b[2J" in terminal.rest()


def test_a_terminal_gets_what_a_console_means(image):
    with TerminalSession(*COMMAND, "boot", image("progress")) as terminal:
        shown = terminal.rest()
    assert b"10%\r20%\rdone\r\nabc\b\bXY\r\n^[]0;title^G\x1b[31mred\x1b[0m" in shown


@pytest.mark.parametrize("command", ["logs", "console"])
def test_logs_at_a_terminal_are_harmless_and_raw_when_asked_for(command, image):
    name = f"rude {os.getpid()}"
    assert unikernel("boot", image("rude"), "--name", name, "--detach").returncode == 0
    output = unikernel("console", name, "--expect", "!", "--timeout", "60")
    assert output.returncode == 0, output.stderr
    shown = {}
    for flags in ((), ("--raw",)):
        with TerminalSession(*COMMAND, command, name, *flags) as terminal:
            shown[flags] = terminal.rest()
    with TerminalSession(*COMMAND, "ps") as terminal:
        assert b"\x1b" not in terminal.rest()
    unikernel("stop", name)
    assert b"^[]52;c;" in shown[()]
    assert b"\x1b" not in shown[()]
    assert b"\x1b]52;c;" in shown["--raw",]


def test_in_the_background_it_goes_on_and_in_front_it_reads(image):
    with TerminalSession("bash", "--norc", "--noprofile", "-i") as shell:
        shell.type(f"PS1='ok ' ; {shlex.join((*COMMAND, 'boot', image('echo')))} &\n")
        shell.expect("ready")
        shell.type("jobs\n")
        assert shell.expect("Running|Stopped")[0] == b"Running"
        shell.type("fg\n")
        shell.expect("unikernel.frontends.terminal.cli")
        shell.type("first\n")
        shell.expect("got first")
        shell.type("\x1a")
        shell.expect("Stopped")
        shell.type("bg\n")
        shell.expect("&")
        shell.type("jobs\n")
        assert shell.expect("Running|Stopped")[0] == b"Running"
        shell.type("fg\n")
        shell.expect("unikernel.frontends.terminal.cli")
        shell.type("second\n")
        shell.expect("got second")
        shell.type("\x03")
        shell.expect("ok ")
        shell.type("echo status $?\n")
        shell.expect(f"status {cli.INTERRUPTED}")
        shell.type("exit\n")
        shell.rest()


@pytest.mark.parametrize("target", NO_ACCEL)
def test_a_closed_terminal_ends_the_guest_and_nothing_stays(image, target):
    argv = (*COMMAND, "boot", image("echo", target), *NO_ACCEL[target])
    with TerminalSession(*argv) as terminal:
        terminal.expect("ready")
        guests = children(terminal.pid)
        assert guests
        assert folders_of(terminal.pid)
        pid = terminal.pid
        terminal.hang_up()
        assert terminal.status() == 128 + signal.SIGHUP
    wait_until(lambda: not any(Path(f"/proc/{guest}").exists() for guest in guests))
    assert folders_of(pid) == []


def test_a_terminated_command_leaves_nothing(image):
    command = (*COMMAND, "boot", image("echo"))
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert process.wait(TIME_LIMIT_S) == 128 + signal.SIGTERM
    assert folders_of(process.pid) == []


def test_an_interrupt_gets_through_when_nobody_takes_the_output(image):
    command = (*COMMAND, "boot", image("talk"))
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout.read(1) == b"l"
        guest = children(process.pid)[0]
        wait_until(lambda: waits(process.pid) and waits(guest))  # all on the way to us is full
        process.send_signal(signal.SIGINT)
        assert process.wait(TIME_LIMIT_S) == cli.INTERRUPTED
    assert folders_of(process.pid) == []


def waits(pid):
    """Whether every thread of a process waits for something, for as long as we look."""
    states = set()
    for _ in range(20):
        states |= {text.rpartition(")")[2][:2] for text in of_threads(pid, "stat")}
        time.sleep(0.005)
    return states == {" S"}


def test_nohup_goes_on_when_the_terminal_is_closed(image, tmp_path):
    output = tmp_path / "out"
    script = f"trap '' HUP; exec {shlex.join((*COMMAND, 'boot', image('echo')))} >{output}"
    with TerminalSession("bash", "-c", script) as terminal:
        wait_until(lambda: output.exists() and b"ready" in output.read_bytes())
        terminal.hang_up()
        with pytest.raises(AssertionError):
            wait_until(lambda: not children(terminal.pid), limit_s=1)
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.status() == 128 + signal.SIGTERM
