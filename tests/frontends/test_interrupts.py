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
