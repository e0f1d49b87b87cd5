"""The version: the tag's; without git or its history, that of the release that is on its way."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest
from packaging.version import Version
from support import ROOT

import unikernel
from unikernel.frontends.commands import parsers
from unikernel.frontends.commands.arguments import HelpWanted

BUILD = tomllib.loads((ROOT / "pyproject.toml").read_text())
FALLBACK = BUILD["tool"]["hatch"]["version"]["fallback-version"]
OF_VERSIONS = ("pyproject.toml", "README.md", ".gitattributes", ".git_archival.txt")
ALONE = {  # git as nobody has configured it
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{who}_NAME": "Somebody" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "somebody@example.org" for who in ("AUTHOR", "COMMITTER")},
}


def git(place, *words):
    subprocess.run(("git", *words), cwd=place, env=ALONE, check=True, timeout=60)


def version_of(place, **environment):
    """Return what a build of this checkout would call itself."""
    done = subprocess.run(
        (sys.executable, "-m", "hatchling", "version"),
        cwd=place,
        env={**ALONE, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


@pytest.fixture
def files(tmp_path):
    """A folder with what decides on the version, and no repository."""
    place = tmp_path / "files"
    place.mkdir()
    for name in OF_VERSIONS:
        shutil.copy(ROOT / name, place)
    return place


@pytest.fixture
def repository(files):
    """The same as a repository of one commit, without a tag."""
    git(files, "init", "--quiet")
    git(files, "add", "--all")
    git(files, "commit", "--quiet", "--message", "first")
    return files


def test_a_tag_is_the_version(repository):
    git(repository, "tag", "v7.8.9")
    assert version_of(repository) == "7.8.9"


def test_a_commit_after_it_is_on_the_way_to_the_next(repository):
    git(repository, "tag", "v7.8.9")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "second")
    assert re.fullmatch(r"7\.8\.10\.dev1\+g[0-9a-f]+", version_of(repository))


def test_without_tags_it_precedes_every_release(repository):
    assert Version("0") < Version(version_of(repository)) < Version("0.1.0")


def test_a_shallow_clone_has_one(repository, tmp_path):
    git(repository, "tag", "v7.8.9")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "second")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", shallow)
    assert Version("0") < Version(version_of(shallow)) < Version("0.1.0")


def test_without_a_repository_it_is_what_pyproject_says(files):
    assert version_of(files) == FALLBACK


def test_without_git_it_is_what_pyproject_says(repository, tmp_path):
    assert version_of(repository, PATH=str(tmp_path)) == FALLBACK


def test_of_another_repository_around_it_nothing_is_taken(files):
    git(files.parent, "init", "--quiet")
    git(files.parent, "commit", "--quiet", "--allow-empty", "--message", "first")
    git(files.parent, "tag", "v7.8.9")
    assert version_of(files) == FALLBACK


@pytest.mark.parametrize(("tags", "expected"), [((), FALLBACK), (("v7.8.9",), "7.8.9")])
def test_an_archive_of_a_commit_knows_its_tag(repository, tags, expected, tmp_path):
    for tag in tags:
        git(repository, "tag", tag)
    git(repository, "archive", f"--output={tmp_path}/archive.tar", "HEAD")
    place = tmp_path / "archive"
    place.mkdir()
    subprocess.run(("tar", "-xf", f"{place}.tar", "-C", place), check=True, timeout=60)
    assert version_of(place) == expected


def test_the_package_and_the_terminal_say_what_is_installed():
    assert unikernel.__version__ == version("jupyter-unikernel")
    with pytest.raises(HelpWanted, match=re.escape(f"unikernel {unikernel.__version__}")):
        parsers.parse(["--version"])
