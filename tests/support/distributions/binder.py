"""What Binder makes of binder/: repo2docker's Dockerfile, and a script that does it in a tree."""

import json
import subprocess
import sys
from dataclasses import dataclass

from support import ROOT
from support.distributions.dockerfile import Instruction, as_script, instructions
from support.distributions.inside import CHECKOUT

# Of what is copied besides the checkout, nothing is needed in a tree: conda's lock, a login shell.
RENDER = ROOT / "tests/support/distributions/render_binder.py"
COPIED = {"src/binder/requirements.txt", "src/"}
PYTHON = (
    "apt-get -qq update && apt-get -qy install --no-install-recommends bash python3-venv && "
    'python3 -m venv "$NB_PYTHON_PREFIX" && chown -R "$NB_UID" "$NB_PYTHON_PREFIX"'
)


@dataclass(frozen=True)
class Recipe:
    """What repo2docker chose, and the Dockerfile that it wrote."""

    build_pack: str
    python: str
    base_image: str
    text: str


def render() -> Recipe:
    """Let repo2docker read the checkout."""
    argv = (sys.executable, RENDER)
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return Recipe(*json.loads(done.stdout))


def in_tree(one: Instruction) -> str | None:
    """Return what stands for an instruction where there is neither Docker nor conda.

    Python is the tree's; the checkout is copied from where it was laid out.
    """
    if one.word == "COPY":
        flag, source, *_ = one.rest.split()
        copies = flag == "--chown=1000:1000" and source in COPIED
        copy = f'cp -a /{CHECKOUT}/. "$REPO_DIR/" && chown -R 1000:1000 "$REPO_DIR"'
        return copy if copies else ":"
    return PYTHON if "install-base-env.bash" in one.rest else None


def script(text: str, *more: str) -> str:
    """Return the script of a rendered Dockerfile, and of steps of the user's after it."""
    steps = [Instruction("RUN", step) for step in more]
    users = "export NB_USER=jovyan NB_UID=1000\n"
    return users + as_script([*instructions(text), *steps], in_tree)
