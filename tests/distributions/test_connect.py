"""connect gives the same answers in every release of OCaml: the distribution's and the others."""

import faulthandler
import os
import re
import subprocess
from pathlib import Path

import pytest
from support.ocaml.starts import STARTABLE, UNSTARTABLE
from support.ocaml_release import build as releases
from support.ocaml_release import packages, sources

from unikernel_toolchain import Config, build, plan
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.planning.planner import MAIN

# Those that need nothing of the distribution's but Lwt and Cstruct, which are compiled again.
PACKAGES = ("mirage-time", "mirage-clock", "mirage-random")
OTHERS = re.compile(
    r"\b(Mirage_(console|net|net_lwt|stack|protocols|flow|block|kv|kv_unix)|Conduit_mirage"
    r"|Resolver_lwt|Cohttp_lwt|Stack|Stack_v4v6|Netif|Console_unikernel|Block|Kv_unikernel)\."
)
PROGRAMS = [text for text in (*STARTABLE.values(), *UNSTARTABLE) if not OTHERS.search(text)]

BUILD = Path(releases.__file__)

pytestmark = [pytest.mark.slow, pytest.mark.beside(BUILD)]


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """What connect says of each program, compiled by the release that is installed."""
    build(Config("first", {"cell.ml": "let start () = ()"}, packages=PACKAGES))
    return answers(tmp_path_factory.mktemp("ours"))


def answers(folder):
    """Return the main module, or the sentence, that each program gets."""
    return {text: answer(text, folder / str(i)) for i, text in enumerate(PROGRAMS)}


def answer(text, folder):
    made = plan(Config("cell", {"cell.ml": text}, packages=PACKAGES))
    folder.mkdir()
    for name, content in made.files.items():
        (folder / name).write_text(content)
    for step in made.steps[:-1]:
        done = subprocess.run(step.command, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            return step.stage, done.stderr
    return (folder / MAIN).read_text()


@pytest.mark.parametrize("release", releases.parameters())
def test_answers_are_the_same(release, ours, beside, tmp_path, monkeypatch):
    faulthandler.cancel_dump_traceback_later()  # a release takes minutes to build
    beside.outcome(BUILD)
    try:
        programs = releases.programs(release)
    except sources.Unavailable as why:
        pytest.skip(f"no sources of OCaml {release}: {why}")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "packages").mkdir()
    needed = packages.needed(("lwt", "cstruct"), SOURCES / "packages")
    packages.compile_again(needed, tmp_path / "packages")
    monkeypatch.setenv("OCAMLPATH", str(tmp_path / "packages"))
    build(Config("first", {"cell.ml": "let start () = ()"}, packages=PACKAGES))
    assert answers(tmp_path) == ours
