"""CHANGES.md: a section a release, and the topmost is the one on its way or the one just tagged."""

import re
import subprocess
import tomllib

from packaging.version import Version
from support import ROOT

HEADING = re.compile(r"^## (\S+) \((unreleased|\d{4}-\d\d-\d\d)\)$", re.MULTILINE)
TEXT = (ROOT / "CHANGES.md").read_text()
SECTIONS = HEADING.findall(TEXT)
BUILD = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["version"]


def tags(*words):
    listed = subprocess.run(("git", "tag", *words), cwd=ROOT, capture_output=True, text=True)
    return [Version(tag) for tag in re.findall(r"^v(\d+\.\d+\.\d+)$", listed.stdout, re.MULTILINE)]


def test_every_section_is_a_release():
    assert SECTIONS
    assert len(SECTIONS) == len(re.findall(r"^## ", TEXT, re.MULTILINE))


def test_they_go_from_the_newest_to_the_oldest():
    versions = [Version(number) for number, _ in SECTIONS]
    assert versions == sorted(versions, reverse=True)
    assert all(when != "unreleased" for _, when in SECTIONS[1:])


def test_the_topmost_is_what_a_build_without_git_is_on_its_way_to():
    assert f"{SECTIONS[0][0]}.dev0" == BUILD["fallback-version"]


def test_what_was_tagged_has_a_date_and_what_is_unreleased_no_tag():
    dated = {Version(number) for number, when in SECTIONS if when != "unreleased"}
    assert set(tags("--merged")) <= dated
    if SECTIONS[0][1] == "unreleased":
        assert all(tag < Version(SECTIONS[0][0]) for tag in tags("--merged"))
