"""`unikernel` in a terminal."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from unikernel import build
from unikernel.frontends.terminal import cli

TIME_LIMIT_S = 120
HELLO = 'let start () = print_endline ("Hello, " ^ Sys.argv.(1))\n'


def unikernel(*argv, **options):
    return subprocess.run(
        (sys.executable, "-m", "unikernel.frontends.terminal.cli", *argv),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=False,
        **options,
    )


@pytest.fixture
def source(tmp_path):
    def write(text, name="main.ml"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def test_an_empty_environment_builds(source, tmp_path):
    """The library OS, too: compilers and linkers find each other without a PATH."""
    done = unikernel("build", "h", source(HELLO), env={"UNIKERNEL_CACHE": str(tmp_path / "cache")})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("h: ")


@pytest.mark.parametrize(
    ("name", "text", "warning"),
    [
        ("main.ml", "let start () = (fun (Some ()) -> ()) (Some ())\n", "not exhaustive"),
        ("main.c", "int main(void) { int kept; return 0; }\n", "unused variable ‘kept’"),
    ],
)
def test_the_compilers_warnings_are_said_at_every_build(name, text, warning, source, caplog):
    """Of an image from the cache, too: who builds a second time still wants to know."""
    path = source(text, name)
    for _ in range(2):
        done = unikernel("build", "cli warned", path, "-t", "unix")
        assert done.returncode == 0, done.stderr
        assert name in done.stderr
        assert warning in done.stderr
        assert warning not in done.stdout
    image = build(Path(path), name="cli warned", target="unix")
    assert warning in image.log
    assert [record.getMessage() for record in caplog.records] == [image.log.rstrip()]


def test_help_lists_the_commands(capsys):
    assert cli.main(["--help"]) == 0
    stdout = capsys.readouterr().out
    assert "build an image from a cell or a file" in stdout
    assert "measure" in stdout


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["boot", "hello", "--memroy", "4"], 2, "Did you mean '--memory'?"),
        (["frobnicate"], 2, "No command 'frobnicate'"),
        (["build", "hello", "/nowhere.ml"], 2, "Cannot read /nowhere.ml"),
        (["build", "../x", "/dev/null"], 2, "cannot be a name"),
        (["boot", "no such image"], 1, "unikernel build 'no such image'"),
        (["stop", "no such machine"], 1, "No machine 'no such machine'"),
    ],
)
def test_errors_are_one_short_message(argv, status, message, capsys, only_these):
    only_these([], [])
    assert cli.main(argv) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("unikernel: ")
    assert message in captured.err
    assert "%unikernel" not in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.boot
def test_build_and_boot_in_the_foreground(source):
    built = unikernel("build", "cli hello", source(HELLO))
    assert built.returncode == 0, built.stderr
    assert "Next: unikernel boot 'cli hello'" in built.stdout
    ran = unikernel("boot", "cli hello", "--", "wide world")
    assert (ran.returncode, ran.stdout) == (0, "Hello, wide world\n"), ran.stderr


@pytest.mark.boot
@pytest.mark.parametrize(
    ("program", "status"), [("exit 7", 7), ('failwith "kaputt"', 2), ("exit 0", 0)]
)
def test_the_guests_status_is_the_commands(program, status, source):
    assert unikernel("build", "cli exit", source(f"let start () = {program}\n")).returncode == 0
    ran = unikernel("boot", "cli exit")
    assert ran.returncode == status
    assert ("failed, status" in ran.stderr) == (status != 0)


@pytest.mark.boot
def test_what_is_piped_in_is_typed_at_the_guest(source):
    program = 'let start () = print_endline ("got " ^ read_line ())\n'
    assert unikernel("build", "cli echo", source(program)).returncode == 0
    ran = unikernel("boot", "cli echo", input="a line\n")
    assert ran.returncode == 0, ran.stderr
    assert "got a line" in ran.stdout


@pytest.mark.boot
def test_ctrl_c_stops_the_guest(source):
    program = 'let start () = print_endline "spinning"; while true do () done\n'
    assert unikernel("build", "cli spin", source(program)).returncode == 0
    command = (sys.executable, "-m", "unikernel.frontends.terminal.cli", "boot", "cli spin")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"spinning\n"
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=10) == cli.INTERRUPTED
            assert b"Traceback" not in process.stderr.read()
        finally:
            process.kill()


@pytest.mark.boot
def test_a_detached_machine_is_driven_from_other_processes(source):
    program = 'let rec go () = print_endline ("got " ^ read_line ()); go ()\n'
    program += 'let start () = print_endline "ready"; go ()\n'
    assert unikernel("build", "cli server", source(program)).returncode == 0
    booted = unikernel("boot", "cli server", "--detach")
    try:
        assert booted.returncode == 0, booted.stderr
        assert "running" in unikernel("ps").stdout
        asked = unikernel("console", "cli server", "--send", "hi", "--expect", "got h.")
        assert asked.stdout == "got hi\n", asked.stderr
        assert unikernel("pause", "cli server").stdout == "cli server: paused\n"
        assert '"paused"' in unikernel("qmp", "cli server", "query-status").stdout
        assert unikernel("resume", "cli server").returncode == 0
        assert "ready\n" in unikernel("logs", "cli server").stdout
        taken = unikernel("boot", "cli server", "--detach")
        assert (taken.returncode, "--replace" in taken.stderr) == (1, True)
    finally:
        stopped = unikernel("stop", "cli server")
    assert "stopped" in stopped.stdout


def test_why_a_module_is_in_an_image(source):
    assert unikernel("build", "cli why", source(HELLO)).returncode == 0
    told = unikernel("why", "cli why", "Stdlib")
    assert told.stdout.splitlines()[0].startswith("Stdlib (package stdlib, "), told.stderr
    assert "(the program)" in told.stdout.splitlines()[1]
    refused = unikernel("why", "cli why", "Stdlibb")
    assert (refused.returncode, "Did you mean" in refused.stderr) == (2, True)


@pytest.mark.boot
def test_plots_are_files(source, tmp_path):
    assert unikernel("build", "cli plot", source(HELLO)).returncode == 0
    plotted = unikernel("plot", "size", "cli plot", cwd=tmp_path)
    assert plotted.stdout == "Wrote cli plot-size.png\n", plotted.stderr
    assert (tmp_path / "cli plot-size.png").read_bytes().startswith(b"\x89PNG")
    assert unikernel("plot", "size", "cli plot", "--save", "x.csv", cwd=tmp_path).returncode == 0
    assert (tmp_path / "x.csv").read_text().startswith("metric,value,unit,")
    refused = unikernel("plot", "size", "cli plot", "-o", "/nowhere/x.png")
    assert refused.returncode == 2
    assert "Cannot write /nowhere/x.png" in refused.stderr


@pytest.mark.boot
def test_a_long_build_shows_progress_on_a_terminal_and_none_elsewhere(source, tmp_path):
    fresh = os.environ | {"UNIKERNEL_CACHE": str(tmp_path / "cache")}
    keeper, terminal = pty.openpty()
    try:
        argv = (
            sys.executable,
            "-m",
            "unikernel.frontends.terminal.cli",
            "build",
            "cli slow",
            source(HELLO),
        )
        subprocess.run(argv, env=fresh, stderr=terminal, timeout=TIME_LIMIT_S, check=True)
        shown = os.read(keeper, 65536)
    finally:
        os.close(terminal)
        os.close(keeper)
    assert b"\r" in shown
    assert "█".encode() in shown
    assert unikernel("build", "cli slow", source(HELLO), env=fresh).stderr == ""


def test_a_closed_pipe_is_no_error():
    command = f"{sys.executable} -m unikernel.frontends.terminal.cli --help | true"
    ended = subprocess.run(command, shell=True, capture_output=True, timeout=60, check=False)
    assert ended.stderr == b""
