"""An interrupt ends a command with a sentence or none, never with a traceback."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from unikernel.frontends.terminal import cli, command

LIMIT_S = 60
INTERRUPTED = 130
CONFIG = """\
open Mirage
let () = close_out (open_out "begun"); while true do () done
let () = register "endless" [ noop ]
"""


def test_an_interrupt_while_modules_are_loaded_is_silent(tmp_path):
    program = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "unikernel.frontends.terminal.cli":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from unikernel.frontends.terminal.command import main
sys.exit(main())
"""
    ended = subprocess.run(
        [sys.executable, "-c", program, "doctor"], capture_output=True, text=True, timeout=LIMIT_S
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (INTERRUPTED, "", "")


def test_the_program_does_the_command(monkeypatch, capfd):
    monkeypatch.setattr(sys, "argv", ["unikernel", "--version"])
    assert command.main() == 0
    assert capfd.readouterr().out.startswith("unikernel ")


@pytest.mark.parametrize("argv", [["configure"], ["build"], ["configure", "--help"]])
def test_an_interrupted_config_ml_is_ended(tmp_path, monkeypatch, capfd, argv):
    (tmp_path / "config.ml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)

    def interrupt():
        while not (tmp_path / "begun").exists() and not over.wait(0.05):
            pass
        os.kill(os.getpid(), signal.SIGINT)

    over = threading.Event()
    waiting = threading.Thread(target=interrupt)
    waiting.start()
    try:
        assert cli.main(argv) == INTERRUPTED
    finally:
        over.set()
        waiting.join()
    assert capfd.readouterr().err == "unikernel: The build was interrupted.\n"
    assert {path.name for path in tmp_path.iterdir()} == {"config.ml", "begun"}


@pytest.mark.boot
def test_an_interrupted_sweep_goes_on_where_it_ended(tmp_path, monkeypatch, capfd):
    (tmp_path / "main.ml").write_text('let start () = print_endline "here"\n')
    monkeypatch.chdir(tmp_path)
    points = ",".join(map(str, range(12, 48)))
    argv = ["sweep", "boot", "main.ml", "-t", "unix", "-a", f"memory_mib={points}"]
    argv += ["-r", "1", "--warm-ups", "0", "-o", "journal"]
    journal = tmp_path / "journal"

    def interrupt():
        while not (journal.exists() and journal.read_text().count("\n") > 3):
            if over.wait(0.01):
                return
        os.kill(os.getpid(), signal.SIGINT)

    over = threading.Event()
    waiting = threading.Thread(target=interrupt)
    waiting.start()
    try:
        assert cli.main(argv) == INTERRUPTED
    finally:
        over.set()
        waiting.join()
    said = capfd.readouterr().err
    assert "unikernel: The sweep was interrupted after" in said
    assert "They are in journal: the same call goes on from there." in said
    before = journal.read_bytes()
    assert cli.main(argv) == 0
    assert journal.read_bytes().startswith(before)
    assert capfd.readouterr().out.count("\n") > 36
