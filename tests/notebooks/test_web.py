"""`./lab web`: a server that a newcomer finds, and that leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
import visitors
import web
from support import ROOT
from support.children import children

LIMIT_S = 60
ADDRESS = "http://127.0.0.1:8080/"
ELSEWHERE = (*visitors.SCREENS, visitors.OVER_SSH, visitors.HUB_PREFIX)


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return str(port)


@contextmanager
def served(*words):
    """Give the process and all that it said until it answered."""
    environment = {name: text for name, text in os.environ.items() if name not in ELSEWHERE}
    with subprocess.Popen(
        (sys.executable, ROOT / "notebooks/web.py", *words),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        said = ""
        while "What it says" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        try:
            yield process, said
        finally:
            process.kill()


def address_in(said):
    return re.search(r"answers on (http://127\.0\.0\.1:(\d+)/)", said)


@pytest.mark.boot
def test_it_answers_until_ctrl_c_and_leaves_nothing(free_port, own_runtime_folder):
    with served(free_port) as (process, said):
        address, port = address_in(said).groups()
        assert port == free_port
        for number in (1, 2):
            with urlopen(address, timeout=LIMIT_S) as answer:
                page = answer.read().decode()
            assert f"request number {number}." in page
        guests = children(process.pid)
        assert guests
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    assert 'GET "/"' in rest
    assert rest.endswith("nothing is left running.\n")
    assert not [pid for pid in guests if Path(f"/proc/{pid}").exists()]
    assert not list(own_runtime_folder.glob("unikernel/[0-9]*"))


def test_ctrl_c_while_python_still_reads_is_quiet(tmp_path):
    slow = "import sys\nprint('reading', flush=True)\nsys.stdin.read()\n"
    (tmp_path / "unikernel.py").write_text(slow)
    with subprocess.Popen(
        (sys.executable, ROOT / "notebooks/web.py"),
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout.readline() == "reading\n"
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, rest) == (-signal.SIGINT, "")


@pytest.mark.boot
def test_of_a_port_that_is_taken_it_says_so_and_takes_another():
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with served(str(taken)) as (process, said):
            assert f"Port 127.0.0.1:{taken}/tcp is in use by " in said
            address, port = address_in(said).groups()
            assert port != str(taken)
            with urlopen(address, timeout=LIMIT_S) as answer:
                assert answer.status == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=LIMIT_S) == web.BY_SIGNAL + signal.SIGTERM


@pytest.mark.boot
@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("let start (_ : Stack.t) = Lwt.return_unit", "ended before it answered"),
        ("let start () = ()", "uses no network"),
        ("let start stack = Http.serve stack []", "Unbound module Http"),
    ],
    ids=["ends", "has no network", "is wrong"],
)
def test_a_program_that_does_not_serve_is_said(program, says, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(web, "PROGRAM", tmp_path / "web.ml")
    web.PROGRAM.write_text(program)
    assert web.main([web.ANY_PORT]) == web.FAILED
    assert says in capsys.readouterr().err


@pytest.mark.boot
def test_what_is_no_port_is_said(capsys):
    assert web.main(["http"]) == web.FAILED
    assert "'http:80' is no port forward" in capsys.readouterr().err


# ---- those who come


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """Neither a screen nor a way from elsewhere; what opens addresses writes them down."""
    for name in ELSEWHERE:
        monkeypatch.delenv(name, raising=False)
    opener = tmp_path / "xdg-open"
    opener.write_text('#!/bin/sh\necho "$1" >"$0.opened.new"; mv "$0.opened.new" "$0.opened"\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "xdg-open.opened"


def wait_for(file):
    ends_at = time.monotonic() + LIMIT_S
    while not file.exists():
        assert time.monotonic() < ends_at, f"no {file}"
        time.sleep(0.02)


@pytest.mark.parametrize("screen", visitors.SCREENS)
def test_where_there_is_a_screen_a_browser_opens(nowhere, monkeypatch, screen):
    monkeypatch.setenv(screen, ":0")
    assert visitors.invite(ADDRESS) == ["  It opens in your browser."]
    wait_for(nowhere)
    assert nowhere.read_text() == f"{ADDRESS}\n"


def test_without_a_screen_none_opens(nowhere):
    assert visitors.invite(ADDRESS) == ["  Open it in a browser on this machine."]
    assert not nowhere.exists()


def test_over_ssh_the_tunnel_is_told(nowhere, monkeypatch):
    monkeypatch.setenv(visitors.OVER_SSH, "192.0.2.1 50000 192.0.2.2 22")
    monkeypatch.setenv("DISPLAY", "localhost:10.0")  # ssh -X: a browser here would crawl
    assert "ssh -N -L 8080:127.0.0.1:8080 " in "\n".join(visitors.invite(ADDRESS))
    assert not nowhere.exists()


def test_on_a_hub_the_proxy_is_told(nowhere, monkeypatch):
    monkeypatch.setenv(visitors.HUB_PREFIX, "/user/ann/")
    assert "/user/ann/proxy/8080/" in "\n".join(visitors.invite(ADDRESS))
    assert not nowhere.exists()
