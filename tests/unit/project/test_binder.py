"""Binder reads binder/ as it is meant: by repo2docker's own words."""

import re

import pytest
from support import ROOT
from support.distributions import binder
from support.distributions.dockerfile import instructions

APT = (ROOT / "binder/apt.txt").read_text().split()


@pytest.fixture(scope="module")
def recipe():
    return binder.render()


def of(recipe, word):
    return [one.rest for one in instructions(recipe.text) if one.word == word]


def test_it_is_a_python_of_our_choice_on_ubuntu(recipe):
    assert (recipe.build_pack, recipe.python) == ("PythonBuildPack", "3.12")
    assert recipe.base_image.endswith("buildpack-deps:24.04")
    assert any("environment.py-3.12-linux-64.lock" in rest for rest in plain(of(recipe, "COPY")))


def plain(words):
    """Names of copied files, which repo2docker escapes: -2d is a dash."""
    return [re.sub(r"-([0-9a-f]{2})", lambda it: chr(int(it[1], 16)), word) for word in words]


def test_it_installs_the_packages_of_the_list(recipe):
    (installed,) = [rest for rest in of(recipe, "RUN") if "qemu-system-x86" in rest]
    found = installed.partition("--no-install-recommends")[2].partition("&&")[0].split()
    assert sorted(found) == APT


def test_it_installs_the_checkout_as_the_user_and_then_builds(recipe):
    made = [(one.word, one.rest) for one in instructions(recipe.text)]
    pip = next(at for at, (_, rest) in enumerate(made) if "pip install" in rest)
    post = made.index(("RUN", "./binder/postBuild"))
    assert (ROOT / "binder/requirements.txt").read_text().split() == [".[lab]"]
    users = [rest for word, rest in made[:pip] if word == "USER"]
    assert users[-1] == "${NB_USER}"
    assert pip < post
    assert [rest for word, rest in made[pip:] if word == "USER"] == ["${NB_USER}"]


def test_its_steps_are_a_script(recipe):
    text = binder.script(recipe.text, "true")
    assert "run './binder/postBuild'" in text or "run ./binder/postBuild" in text
    assert 'cp -a /home/jupyter-unikernel/. "$REPO_DIR/"' in text
    assert text.count("python3 -m venv") == 1


def test_post_build_builds_what_every_notebook_builds():
    script = (ROOT / "binder/postBuild").read_text()
    assert "binder/prebuild.py notebooks/*.ipynb notebooks/labs/*.ipynb" in script
