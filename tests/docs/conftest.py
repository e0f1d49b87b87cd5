"""The site, built once."""

import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

LIMIT_S = 300


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the site, built as `./lab docs` does; a warning is an error."""
    folder = tmp_path_factory.mktemp("docs")
    command = (sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-j", "2")
    places = ("-c", ROOT / "docs/sphinx", "-d", folder / "read", ROOT, folder / "site")
    done = subprocess.run([*command, *places], capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
    return Path(folder / "site")
