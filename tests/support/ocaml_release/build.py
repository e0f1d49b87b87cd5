"""OCaml releases besides the distribution's, of npm's sources, kept in the cache.

Run as a program it builds those of the whole run, which takes minutes each the first time.
"""

import fcntl
from pathlib import Path
from typing import Any

import pytest

from support import ROOT
from support.ocaml_release import compiler, sources

# What npm calls them; esy's numbers are not always OCaml's.
RELEASES = {"4.14.1": "ocaml@4.14.1000", "5.1.0": "ocaml@5.1.4", "5.3.0": "ocaml@5.3.0"}
OF_THE_WHOLE_RUN = ("4.14.1", "5.3.0")


def programs(version: str) -> Path:
    """Return the folder of the programs of this release. Raises as compiler.release does."""
    place = ROOT / ".cache" / f"ocaml-{version}"
    place.parent.mkdir(exist_ok=True)
    with place.with_name(f"{place.name}.lock").open("w") as lock:  # several processes run the tests
        fcntl.flock(lock, fcntl.LOCK_EX)
        return compiler.release(RELEASES[version], place)


def parameters() -> list[Any]:
    """Return the releases as a test's parameters: those not of the whole run, if asked for."""
    return [
        version if version in OF_THE_WHOLE_RUN else pytest.param(version, marks=pytest.mark.asked)
        for version in RELEASES
    ]


if __name__ == "__main__":
    for each in OF_THE_WHOLE_RUN:
        try:
            programs(each)
        except sources.Unavailable as why:
            print(f"no sources of OCaml {each}: {why}")  # for who asks for it, too
