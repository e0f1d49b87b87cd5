"""Passes over what the ocamlopt on the path has really made: they do much, and nobody sees it."""

import pytest
from support import native_ocaml
from support.native_ocaml import INITIALISERS

from unikernel_toolchain.tools.locate import ocaml_version


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return native_ocaml.link(INITIALISERS.read_text(), tmp_path_factory.mktemp("native"))


@pytest.fixture(scope="module")
def passed(program):
    return native_ocaml.passed(program)


# With a minor heap as small as can be, initialisers often find no room in it.
@pytest.mark.parametrize("settings", ["", "s=1"])
def test_the_program_says_the_same(settings, program, passed, monkeypatch):
    monkeypatch.setenv("OCAMLRUNPARAM", settings)
    said = native_ocaml.said(program)
    assert "odd one" in said
    assert native_ocaml.said(passed) == said


def test_constant_modules_are_not_called(program, passed):
    before, after = (native_ocaml.modules_called(each.read_bytes()) for each in (program, passed))
    gone = [name for name in before if name not in after]
    assert after == [name for name in before if name not in gone]
    assert {"CamlinternalFormatBasics", "Stdlib__Int", "Stdlib__Uchar"} <= {*gone}
    assert "Main" in after


def test_initialisers_are_bytecode(program, passed):
    found = native_ocaml.bytecode(program.read_bytes(), passed.read_bytes())
    rows = found[native_ocaml.STOP] + found[native_ocaml.ALLOCATE]
    assert rows >= 30
    assert found.total() - rows > 1000
    of_5 = found[native_ocaml.INITIALISE], found[native_ocaml.ALLOCATE]
    assert of_5 > (300, 20) if ocaml_version() >= (5, 0) else of_5 == (0, 0)
