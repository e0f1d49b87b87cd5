"""The site, built once for all processes that test it."""

import fcntl
import os
import subprocess
import sys

import pytest
from support import ROOT

LIMIT_S = 600  # beside other tests


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the site, built as `./lab docs` does; a warning is an error."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "docs"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "built").exists():
            build(folder)
            (folder / "built").touch()
    return folder / "site"


def build(folder):
    command = (sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-j", "2")
    places = ("-c", ROOT / "docs/sphinx", "-d", folder / "read", ROOT, folder / "site")
    done = subprocess.run([*command, *places], capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
