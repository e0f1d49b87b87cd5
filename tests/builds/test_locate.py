"""The programs of a build, as they are on this machine."""

import pytest

from unikernel_toolchain.tools import locate
from unikernel_toolchain.tools.run import output_of, run


def test_another_program_is_another_identity(tmp_path, monkeypatch):
    before = locate.locate_c().identity
    other = tmp_path / "ld"
    other.write_text("#!/bin/sh\necho 'ld 99'\n")
    other.chmod(0o755)
    monkeypatch.setenv("LD", str(other))
    assert locate.locate_c().identity != before


@pytest.mark.parametrize("path", [None, ""])
def test_without_a_path_programs_are_where_systems_have_them(path, tmp_path, monkeypatch):
    """And compilers find their linkers there."""
    if path is None:
        monkeypatch.delenv("PATH")
    else:
        monkeypatch.setenv("PATH", path)
    (tmp_path / "a.c").write_text("int main(void) { return 0; }")
    done = run([locate.require("gcc"), "a.c", "-o", "a"], folder=tmp_path)
    assert (done.returncode, output_of(done)) == (0, "")
    assert run(["sh", "-c", "exit 3"]).returncode == 3
