"""A process's sandbox, from outside."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.guests.unix_program import ALLOWED, calls_after_start, line, running

from unikernel_toolchain.tools.locate import ocaml_version


def test_the_process_is_locked_in(waits):
    with open(os.devnull) as other, running(waits, keep=(other.fileno(),)) as process:  # noqa: PTH123
        assert line(process) == "ready"
        proc = Path("/proc", str(process.pid))
        status = dict(row.split(":\t") for row in (proc / "status").read_text().splitlines())
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
        assert sorted(int(entry.name) for entry in (proc / "fd").iterdir()) == [0, 1]
        maps = [row.split() for row in (proc / "maps").read_text().splitlines()]
    rights = {row[1] for row in maps}
    assert not any("w" in right and "x" in right for right in rights)
    executable = [row[-1] for row in maps if "x" in row[1]]
    assert executable[0] == str(waits.path)
    assert set(executable[1:]) <= {"[vdso]", "[vsyscall]"}


def test_only_listed_calls_are_made_after_start(overflows, tmp_path):
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    log = tmp_path / "calls"
    subprocess.run(
        ["strace", "-o", log, "-e", "signal=none", overflows.path],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )
    afterwards = calls_after_start(log)
    assert ("rt_sigreturn" in afterwards) == (ocaml_version() < (5, 0))  # OCaml 5 has no such fault
    assert afterwards <= ALLOWED
