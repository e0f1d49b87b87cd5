"""Modules of constants are initialised in the file; the program says the same.

The programs are as OCaml 4 and 5 write them; real ones are in test_ocaml_programs.
"""

import subprocess
from pathlib import Path

import pytest
from support.native_ocaml import modules_called

from unikernel_toolchain.binary import elf
from unikernel_toolchain.postlink import Linked, constant_modules

SOURCES = Path(__file__).parent / "constant_modules"


@pytest.fixture(scope="module", params=[4, 5], ids="OCaml {}".format)
def ocaml(request):
    return request.param


@pytest.fixture(scope="module")
def program(ocaml, tmp_path_factory):
    path = tmp_path_factory.mktemp("constant-modules") / "program"
    flags = ("-O2", "-static", "-no-pie", f"-DOCAML={ocaml}")
    subprocess.run(["gcc", *flags, *sorted(SOURCES.iterdir()), "-o", path], check=True)
    return path


def evaluated(path):
    program = elf.read(path)
    linked = Linked("it", program, path, bytearray(program.data))
    constant_modules.apply(linked)
    return bytes(linked.image)


def output(path):
    return subprocess.run([path], check=True, capture_output=True, text=True, timeout=10).stdout


def test_only_modules_that_are_not_constant_are_called(program, ocaml):
    everything = ["First", "Second", "Effect", "Third", "After_effect", "Not_unit", "Fourth"]
    others = ["Effect", "After_effect", "Not_unit"]
    if ocaml == 5:
        everything += ["Lost", "Other", "Unknown", "Fifth"]
        others += ["Lost", "Other", "Unknown"]
    assert modules_called(program.read_bytes()) == everything
    assert modules_called(evaluated(program)) == others


def test_the_program_says_the_same(program):
    copy = program.with_name("evaluated")
    copy.write_bytes(evaluated(program))
    copy.chmod(0o755)
    assert output(copy) == output(program)


def test_a_program_that_is_not_in_ocaml_stays_as_it_is(tmp_path):
    path = tmp_path / "plain"
    (tmp_path / "main.c").write_text("int main(void) { return 0; }\n")
    subprocess.run(["gcc", tmp_path / "main.c", "-o", path], check=True)
    assert evaluated(path) == path.read_bytes()


def test_an_unknown_way_of_counting_modules_stays_as_it_is(program):
    """Another compiler's `caml_program`: it counts in another register."""
    data = program.read_bytes()
    start = data.index(bytes.fromhex("48 83 00 01"))
    other = program.with_name("other")
    other.write_bytes(data[:start] + bytes.fromhex("48 83 03 01") + data[start + 4 :])
    assert evaluated(other) == other.read_bytes()
