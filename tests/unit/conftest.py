"""Units need Python alone: what builds and boots is not there for them."""

import os

import pytest

ABSENT = ("gcc", "ld", "ar", "objcopy", "ocamlopt", "ocamlfind", "ocamldep", "qemu-system-x86_64")


@pytest.fixture(scope="session")
def refusals(tmp_path_factory):
    """A folder with programs in the place of those, which refuse to work."""
    folder = tmp_path_factory.mktemp("absent")
    for name in ABSENT:
        program = folder / name
        program.write_text('#!/bin/sh\necho "no unit test needs $0: tests/builds" >&2\nexit 127\n')
        program.chmod(0o755)
    return folder


@pytest.fixture(autouse=True)
def python_alone(refusals, monkeypatch):
    monkeypatch.setenv("PATH", f"{refusals}{os.pathsep}{os.environ['PATH']}")
