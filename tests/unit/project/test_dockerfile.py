"""docker/Dockerfile, as hadolint would read it; and how Dockerfiles are read here."""

import json
import re
import shutil
import subprocess

import pytest
from support import ROOT
from support.distributions.dockerfile import Instruction, as_script, instructions

from unikernel.host.distribution import installation

MADE_OF = instructions((ROOT / "docker/Dockerfile").read_text())
RUNS = [one.rest for one in MADE_OF if one.word == "RUN"]
APT = [run for run in RUNS if "apt-get" in run]


def of(word):
    return [one.rest for one in MADE_OF if one.word == word]


def test_bases_have_a_release():
    assert of("FROM")
    assert all(re.fullmatch(r"debian:\d+-slim( AS \w+)?", base) for base in of("FROM"))


@pytest.mark.parametrize("run", APT)
def test_apt_installs_what_is_named_and_leaves_no_lists(run):
    assert run.startswith("apt-get update && ")
    assert "apt-get install --yes --no-install-recommends" in run
    assert "rm -rf /var/lib/apt/lists/*" in run


def test_pip_leaves_no_cache():
    calls = [run for run in RUNS if "pip install" in run]
    assert calls
    assert all("pip install --no-cache-dir" in call for call in calls)


@pytest.mark.parametrize("run", RUNS)
def test_each_step_is_a_script(run):
    shellcheck = shutil.which("shellcheck")
    assert shellcheck, "./lab test installs shellcheck"
    known = f"NB_USER=a NB_UID=1 JUPYTERHUB=b\n: $NB_USER $NB_UID $JUPYTERHUB\n{run}\n"
    argv = (shellcheck, "--shell=sh", "-")
    done = subprocess.run(argv, input=known, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_what_is_copied_is_there():
    sources = [rest.split()[-2] for rest in of("COPY") if not rest.startswith("--from=")]
    assert sources
    assert all((ROOT / source).exists() for source in sources)
    assert not of("ADD")


def test_it_runs_as_an_ordinary_user_and_gets_its_signals():
    assert of("USER") == ["$NB_UID"]
    assert "NB_UID=1000" in of("ARG")
    assert json.loads(of("CMD")[0]) == ["jupyterhub-singleuser"]
    assert json.loads(of("ENTRYPOINT")[0]) == ["tini", "--"]
    assert not re.search(r"\bsudo\b", " ".join(RUNS))


def test_it_installs_all_groups_of_packages():
    (groups,) = re.findall(r"doctor --install ([a-z ]+) --yes", " ".join(RUNS))
    assert tuple(groups.split()) == installation.GROUPS


def test_what_is_made_here_stays_out_of_the_image():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".venv", ".cache", "out"} <= set(ignored)


WORDS = ["FROM", "ARG", "ENV", "RUN", "WORKDIR", "RUN", "COPY", "CMD"]
TEXT = """# a comment
FROM debian:13-slim
ARG GIVEN=default
ENV ONE=1 TWO="2 and $GIVEN"
RUN echo "$ONE $TWO" && \\
    # amid the lines
    echo "'quoted'"
WORKDIR made
RUN pwd
COPY a b
CMD ["x"]
"""


def test_a_dockerfile_is_read_and_done(tmp_path):
    read = instructions(TEXT)
    assert [one.word for one in read] == WORDS
    script = as_script(read, lambda one: "echo copied" if one.word == "COPY" else None)
    done = subprocess.run(
        ("sh", "-c", script), cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    expected = ["1 2 and default", "'quoted'", f"{tmp_path}/made", "copied"]
    assert done.stdout.splitlines() == expected


def test_a_step_that_fails_ends_it(tmp_path):
    script = as_script([Instruction("RUN", "false"), Instruction("RUN", "echo on")], lambda _: None)
    done = subprocess.run(("sh", "-c", script), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")


def test_what_nothing_stands_for_is_refused():
    with pytest.raises(ValueError, match="COPY a b"):
        as_script([Instruction("COPY", "a b")], lambda _: None)
