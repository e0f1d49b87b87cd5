"""What errors call a file: its path as it was typed, which editors can jump to."""

from pathlib import Path

import pytest

from unikernel.frontends.terminal import cli

OCAML = 'let x = 1\nlet y = 2\nlet start () = x + "a"\n'
C = '#include "part.h"\n\nint main(void) { return nothing; }\n'


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/deep.ml").write_text(OCAML)
    (tmp_path / "sub/first.ml").write_text("let a = 1\n")
    (tmp_path / "sub/deep.c").write_text(C)
    (tmp_path / "sub/part.h").write_text("#define PART 1\n")
    return tmp_path


def error_of(capsys, *argv):
    assert cli.main(["build", "y", *argv]) == 1
    return capsys.readouterr().err


@pytest.mark.parametrize("files", [["sub/deep.ml"], ["sub/first.ml", "sub/deep.ml"]])
def test_ocaml_files_have_their_paths(files, capsys, folder, monkeypatch):
    place = 'File "{}", line 3, characters 19-22:\n3 | let start () = x + "a"\n'
    assert place.format("sub/deep.ml") in error_of(capsys, *files)
    absolute = [str(folder / file) for file in files]
    assert place.format(absolute[-1]) in error_of(capsys, *absolute)
    monkeypatch.chdir("sub")
    assert place.format("deep.ml") in error_of(capsys, *(Path(file).name for file in files))


def test_c_files_have_their_paths(capsys, folder, monkeypatch):
    place = "{}:3:25: error: ‘nothing’ undeclared (first use in this function)\n3 | int main"
    assert place.format("sub/deep.c") in error_of(capsys, "sub/deep.c")
    assert place.format("sub/deep.c") in error_of(capsys, "sub")
    assert place.format(folder / "sub/deep.c") in error_of(capsys, str(folder / "sub/deep.c"))
    monkeypatch.chdir("sub")
    output = error_of(capsys, "deep.c")
    assert place.format("deep.c") in output
    assert output.count("int main") == 1, "the compiler shows lines of its own copies"


def test_what_is_included_has_its_path(capsys):
    Path("sub/part.h").write_text("int bad(void) { return nothing; }\n")
    assert "sub/part.h:1:24: error:" in error_of(capsys, "sub/deep.c")


def test_what_the_linker_misses_has_its_path(capsys):
    Path("sub/deep.c").write_text("int other(void);\nint main(void) { return other(); }\n")
    assert "sub/deep.c, line 2: undefined reference to `other'" in error_of(capsys, "sub/deep.c")
