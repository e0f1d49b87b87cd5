"""The wheel and the sdist of this checkout, as a release makes them."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support import ROOT

LIMIT_S = 300


@dataclass(frozen=True)
class Built:
    """The files of a release."""

    wheel: Path
    sdist: Path


def build(folder: Path) -> Built:
    """Make both, in an empty folder."""
    hatchling(ROOT, folder)
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return Built(wheel, sdist)


def hatchling(source: Path, folder: Path, *words: str) -> None:
    """Build what `source` is, into a folder, by what this environment has."""
    subprocess.run(
        (sys.executable, "-m", "hatchling", "build", "--directory", folder, *words),
        cwd=source,
        check=True,
        capture_output=True,
        timeout=LIMIT_S,
    )
