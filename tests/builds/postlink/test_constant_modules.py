"""Modules of constants are initialised in the file; the program says the same."""

import subprocess
from pathlib import Path

import pytest
from iced_x86 import Code, Decoder

from unikernel_toolchain.binary import elf
from unikernel_toolchain.postlink import Linked, constant_modules

SOURCES = Path(__file__).parent / "constant_modules"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("constant-modules") / "program"
    files = sorted(SOURCES.iterdir())
    subprocess.run(["gcc", "-O2", "-static", "-no-pie", *files, "-o", path], check=True)
    return path


def evaluated(path):
    program = elf.read(path)
    linked = Linked("it", program, path, bytearray(program.data))
    constant_modules.apply(linked)
    return bytes(linked.image)


def output(path):
    return subprocess.run([path], check=True, capture_output=True, text=True, timeout=10).stdout


def called(data):
    """Return the modules that `caml_program` calls, in the order in which it does."""
    program = elf.parse(data, "the program")
    names = {symbol.address: symbol.name for symbol in program.symbols}
    main = next(symbol for symbol in program.symbols if symbol.name == "caml_program")
    section = program.sections[main.section]
    start = section.offset + main.address - section.address
    code = data[start : start + main.size_bytes]
    instructions, found = Decoder(64, code, ip=main.address), []
    for instruction in instructions:
        if instruction.is_call_near:
            found.append(names[instruction.near_branch_target])
        if instruction.code == Code.JMP_REL32_64:
            instructions.position = instruction.near_branch_target - main.address
            instructions.ip = instruction.near_branch_target
        if instruction.code == Code.RETNQ:
            break
    return [name.removeprefix("caml").removesuffix("__entry") for name in found]


def test_only_modules_that_are_not_constant_are_called(program):
    everything = ["First", "Second", "Effect", "Third", "After_effect", "Not_unit", "Fourth"]
    assert called(program.read_bytes()) == everything
    assert called(evaluated(program)) == ["Effect", "After_effect", "Not_unit"]


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
