"""The magics in plain IPython, where nothing can be redrawn."""

import os
import re
import subprocess
import sys

import pytest
from support.frontends import console_guests
from support.frontends.terminal_session import TerminalSession

pytestmark = pytest.mark.boot

IPYTHON = (sys.executable, "-m", "IPython", "--no-banner", "--no-confirm-exit", "--colors=NoColor")


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guests")
    return lambda name, target="unix": console_guests.build(name, folder, target)


@pytest.fixture
def quiet(tmp_path):
    return {"IPYTHONDIR": str(tmp_path / "ipython")}


def ipython(cell, environment):
    """Run a cell in IPython; return what it printed."""
    done = subprocess.run(
        (*IPYTHON, "-c", f"%load_ext unikernel\n{cell}"),
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_line_is_printed_once(image, quiet):
    output = ipython(f"%unikernel boot '{image('steps')}' --wait 60", quiet)
    assert re.findall(r"step \d+", output) == [f"step {number}" for number in range(1, 21)]
    assert f"[{image('steps')}" not in output
    assert "exited, status 0" in output


def test_what_a_terminal_would_act_on_is_visible_unless_asked_for(image, quiet):
    boot = f"%unikernel boot '{image('rude')}' --wait 60"
    output = ipython(boot, quiet)
    assert "^[]52;c;aGFjaw==^G^[[2J" in output
    assert "\x1b" not in output.replace("\x1b[0m", "")
    assert "\x1b]52;c;aGFjaw==\x07" in ipython(f"{boot} --raw", quiet)


def test_a_session_at_a_terminal(image, quiet, tmp_path):
    fresh = quiet | {"UNIKERNEL_CACHE": str(tmp_path / "cache")}
    source = tmp_path / "slow.ml"
    source.write_text('let start () = print_endline "at last"\n')
    with TerminalSession(*IPYTHON, "--simple-prompt", environment=fresh) as terminal:
        terminal.expect(r"In \[1\]")
        terminal.type("%load_ext unikernel\n")
        terminal.expect(r"In \[2\]")
        terminal.type(f"%unikernel build slow '{source}' -t unix\n")
        progress = terminal.expect(r"(?s)(.*)Out\[2\]:\s+slow: ")[1]
        terminal.expect(r"In \[3\]")
        terminal.type("%unikernel boot slow\n")
        booted = terminal.expect(r"(?s)(.*)In \[4\]")[1]
        terminal.type("exit\n")
        terminal.rest()
    assert "█".encode() in progress
    assert b"Stage(" not in progress
    assert progress.count(b"\n") < 5, "progress is one line"
    assert booted.count(b"at last") == 1
