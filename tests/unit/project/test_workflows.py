"""GitHub's workflows: they do what .ci/run does, and a release what its recipe says."""

import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml
from support import ROOT
from support.distributions import trees

from unikernel_toolchain.tools import requirements

WORKFLOWS = {path.stem: path for path in (ROOT / ".github/workflows").glob("*.yml")}
CI = yaml.safe_load(WORKFLOWS["ci"].read_text())["jobs"]["tests"]
RELEASE = yaml.safe_load(WORKFLOWS["release"].read_text())["jobs"]
OF_RUNNERS = {"apt-get", "git", "python3", "test", ".ci/run"}
NOT_YET = {"Ubuntu 26.04"}  # GitHub has no such machine, and Ubuntu's containers no browser


def scripts():
    jobs = [CI, *RELEASE.values()]
    return [step["run"] for job in jobs for step in job.get("steps", ()) if "run" in step]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_it_is_what_github_reads(name):
    command = (sys.executable, "-m", "check_jsonschema", "--builtin-schema")
    argv = (*command, "vendor.github-workflows", WORKFLOWS[name])
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_every_distribution_is_tried():
    tried = CI["strategy"]["matrix"]["include"]
    assert {one["distribution"] for one in tried} == requirements.DISTRIBUTIONS.keys() - NOT_YET
    for one in tried:
        if "container" in one:
            family, number = one["distribution"].split()
            assert one["container"]["image"] == f"{family.lower()}:{number}"
        else:
            assert CI["runs-on"] == one["distribution"].lower().replace(" ", "-")


def test_it_does_what_ci_run_does():
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert CI["steps"][-1] == {"name": "Every test", "run": ".ci/run"}


def test_a_container_gets_what_readme_asks_for():
    assert set(trees.ASKED_FOR) <= set(CI["steps"][0]["run"].split())


@pytest.mark.parametrize("script", scripts())
def test_a_step_is_a_script(script):
    """As GitHub runs it, shellcheck reads it; each program is there, or made by the step."""
    text = re.sub(r"\$\{\{.*?\}\}", "expression", script)
    assert text == script, "what others name goes into a script by its environment alone"
    shellcheck = shutil.which("shellcheck")
    assert shellcheck, "./lab test installs shellcheck"
    argv = (shellcheck, "--shell=bash", "-")
    done = subprocess.run(argv, input=script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    programs = {line.split()[0].strip('"') for line in script.splitlines()}
    assert {name for name in programs if not name.startswith("$RUNNER_TEMP/")} <= OF_RUNNERS


def test_a_release_is_tested_and_its_publisher_holds_no_secret():
    assert set(RELEASE["publish"]["needs"]) == {"tests", "build"}
    assert RELEASE["tests"]["uses"] == "./.github/workflows/ci.yml"
    assert RELEASE["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in WORKFLOWS["release"].read_text()
    assert all("permissions" not in RELEASE[job] for job in ("tests", "build"))


def test_the_version_can_be_read_where_something_is_built():
    checkouts = [
        step
        for job in (CI, RELEASE["build"])
        for step in job["steps"]
        if step.get("uses", "").startswith("actions/checkout@")
    ]
    assert [step["with"]["fetch-depth"] for step in checkouts] == [0, 0]


def test_what_a_release_looks_for_is_what_is_built():
    name = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]
    files = re.findall(r'test -f "dist/([\w]+)-\$\{TAG#v\}', "\n".join(scripts()))
    assert files == [name.replace("-", "_")] * 2
