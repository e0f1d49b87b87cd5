"""Archives of OCaml code without the primitives they declare and never call."""

import subprocess

import pytest

from unikernel_toolchain.binary import elf, unused_externals

SOURCE = """
external unused : int -> int = "test_unused"
external called : int -> int = "test_called"
let boxed = 3L
let curried a b c = a + b + c
let call () = called 1
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("externals")
    (folder / "a.ml").write_text(SOURCE)
    subprocess.run(["ocamlopt", "-a", "a.ml", "-o", "a.cmxa"], cwd=folder, check=True)
    return (folder / "a.a").read_bytes()


C_FUNCTIONS = frozenset({"test_unused", "test_called"})


def references(archive):
    """Return the undefined symbols by name, with their binding and the sections that use them."""
    found = {}
    for start, size in unused_externals.members(archive):
        member = elf.parse(archive[start : start + size], "it")
        users = unused_externals._users(member)
        for symbol in member.symbols:
            if symbol.section == elf.SHN_UNDEF and symbol.name:
                found[symbol.name] = symbol.binding, {s for s, _ in users[symbol.number]}
    return found


def test_unused_primitives_are_let_go(archive):
    before = references(archive)
    after = references(unused_externals.weaken_unused_externals(archive, C_FUNCTIONS))
    assert before["test_unused"] == (elf.STB_GLOBAL, {".data"})
    assert after["test_unused"] == (elf.STB_WEAK, set())


def test_called_primitives_and_data_stay(archive):
    before, after = (
        references(archive),
        references(unused_externals.weaken_unused_externals(archive, C_FUNCTIONS)),
    )
    assert {k: v for k, v in before.items() if k != "test_unused"} == {
        k: v for k, v in after.items() if k != "test_unused"
    }
    assert after["test_called"][0] == elf.STB_GLOBAL


def test_weakening_twice_is_weakening_once(archive):
    once = unused_externals.weaken_unused_externals(archive, C_FUNCTIONS)
    assert unused_externals.weaken_unused_externals(once, C_FUNCTIONS) == once


def test_c_functions_are_those_an_archive_defines(tmp_path):
    (tmp_path / "f.c").write_text("int f(void){return 0;} static int g(void){return f();} int v;")
    subprocess.run(["gcc", "-c", "f.c"], cwd=tmp_path, check=True)
    subprocess.run(["ar", "rcs", "libf.a", "f.o"], cwd=tmp_path, check=True)
    assert unused_externals.defined_functions([tmp_path / "libf.a"]) == {"f"}


def test_what_is_no_archive_is_refused():
    with pytest.raises(ValueError, match="not an ar archive"):
        unused_externals.weaken_unused_externals(b"text", C_FUNCTIONS)
