"""Libraries of JavaScript that are kept here are what npm's registry has, licence included."""

import hashlib
import json

import pytest
from support import ROOT

TABLES = sorted(ROOT.glob("[!.]*/**/vendored/versions.json"))
LIBRARIES = [
    pytest.param(table.parent / name, about, id=name)
    for table in TABLES
    for name, about in json.loads(table.read_text()).items()
]
FREE = {"ISC", "MIT", "BSD-3-Clause", "Apache-2.0", "MPL-2.0"}


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("folder", "about"), LIBRARIES)
def test_files_are_those_of_the_release(folder, about):
    found = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files(folder)
    }
    assert found == {name: file["sha256"] for name, file in about["files"].items()}


@pytest.mark.parametrize(("folder", "about"), LIBRARIES)
def test_release_and_licence_are_known(folder, about):
    assert about["licence"] in FREE
    assert "LICENSE" in about["files"]
    assert about["version"][0].isdigit()


def test_nothing_lies_beside_them():
    known = {folder for folder, _ in (library.values for library in LIBRARIES)}
    there = {path for table in TABLES for path in table.parent.iterdir() if path.is_dir()}
    assert there == known
