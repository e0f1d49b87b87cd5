"""The text of a source file, and what errors call it."""

from pathlib import Path

import pytest

from unikernel.frontends.terminal import cli
from unikernel_toolchain.sources import files as source_files
from unikernel_toolchain.sources.text import label, near, read_source, shown


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_names_and_labels_go_together():
    Path("sub").mkdir()
    Path("sub/deep.ml").touch()
    Path("sub/deep.c").write_text('#include "part.h"\n')
    Path("sub/part.h").touch()
    assert source_files.gather([Path("sub/deep.ml")], "ocaml").labels == {"deep.ml": "sub/deep.ml"}
    found = source_files.gather([Path("sub/deep.c")], "c")
    assert found.labels == {name: f"sub/{name}" for name in ("deep.c", "part.h")}


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        ('let x = 1\nlet s = "é"\n'.encode("latin-1"), "byte 0xe9 in line 2"),
        ('let s = "€"\n'.encode("cp1252"), "byte 0x80 in line 1"),
        ("let x = 1\n".encode("utf-16"), "byte 0xff in line 1"),
        ("let x = 1\n".encode("utf-16-le"), "bytes that are zero"),
        (b"let x = 1\n\xc3", "byte 0xc3 in line 2"),
    ],
)
@pytest.mark.parametrize("name", ["a.ml", "a.c"])
def test_another_encoding_is_said_to_be_the_matter(name, contents, why, capsys):
    Path(name).write_bytes(contents)
    assert cli.main(["build", "y", name]) == 2
    stderr = capsys.readouterr().err
    assert f"{name} is not in the encoding UTF-8: " in stderr
    assert why in stderr
    assert "iconv" in stderr


def test_a_byte_order_mark_and_other_line_ends_are_no_part_of_the_text():
    Path("a.ml").write_bytes(b"\xef\xbb\xbflet a = 1\r\nlet b = 2\rlet c = 3\n")
    assert read_source(Path("a.ml")) == "let a = 1\nlet b = 2\nlet c = 3\n"


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "a:b"])
def test_a_path_that_no_directive_can_carry_is_a_name(name):
    assert label(Path(name) / "deep.ml") == "deep.ml"
    assert label(Path("größe 1") / "deep.ml") == "größe 1/deep.ml"


@pytest.mark.parametrize(
    ("path", "called"),
    [
        ("sub dir/ü.ml", "sub dir/ü.ml"),
        ('a"b/config.ml', "config.ml"),
        ("caf\udce9/config.ml", "config.ml"),
        ("sub/caf\udce9:.ml", "caf__.ml"),
    ],
)
def test_a_label_is_what_compilers_can_carry(path, called):
    assert label(Path(path)) == called


def test_what_dots_mean_is_shown(tmp_path):
    assert shown(Path()) == f"this folder, {tmp_path}"
    assert shown(Path("..")) == f".., which is {tmp_path.parent}"
    assert shown(Path("sub/deep")) == "sub/deep"


def test_the_shorter_way_is_taken(tmp_path):
    assert near(tmp_path / "sub/../deep") == Path("deep")
    assert near(Path("..")) == tmp_path.parent
