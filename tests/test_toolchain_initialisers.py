"""Tables in place of rows of moves: the same effect, and code that is not understood left alone."""

import subprocess
from pathlib import Path

import pytest

from unikernel_toolchain import elf, initialisers, libos, x86

SOURCES = Path(__file__).parent / "initialisers"
LOOP = libos.SOURCES / "runtime/ocaml"
STORE = bytes.fromhex("48 c7 47 08 01 00 00 00")  # movq $1, 8(%rdi)
RETURN = b"\xc3"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """A program of the host with an initialiser in it, and the loop that carries out tables."""
    path = tmp_path_factory.mktemp("initialisers") / "program"
    files = [*SOURCES.iterdir(), LOOP / "initialise.c", LOOP / "initialise_entry.S"]
    subprocess.run(["gcc", "-O2", "-static", "-no-pie", *files, "-o", path], check=True)
    return path


def tabulated(path):
    program = elf.read(path)
    image = bytearray(program.data)
    initialisers.tabulate(image, program)
    return image


def output(path):
    return subprocess.run([path], check=True, capture_output=True, text=True, timeout=10).stdout


def test_tables_have_the_same_effect(program):
    copy = program.with_name("tabulated")
    image = tabulated(program)
    copy.write_bytes(image)
    copy.chmod(0o755)
    changed = sum(a != b for a, b in zip(image, program.read_bytes(), strict=True))
    assert changed > 200, "most of the initialiser is tables"
    assert output(copy) == output(program)


def test_a_program_without_the_loop_stays_as_it_is(tmp_path):
    path = tmp_path / "plain"
    main = "unsigned long camlMoves__entry(unsigned long *w) { return *w; }\nint main(void) {}\n"
    (tmp_path / "main.c").write_text(main)
    subprocess.run(["gcc", "-no-pie", tmp_path / "main.c", "-o", path], check=True)
    assert tabulated(path) == path.read_bytes()


def test_a_row_becomes_a_call_and_a_table():
    code = STORE * 20 + RETURN
    result = initialisers.rewritten(code, loop=0x1000)
    assert len(result) == len(code)
    call = x86.decode(result, 0)
    assert (call.operation, call.target) == (0xE8, 0x1000)
    assert result[-1:] == RETURN


@pytest.mark.parametrize(
    "code",
    [
        STORE * 5 + RETURN,
        STORE * 20 + b"\x0f\xff" + RETURN,
        STORE * 20 + bytes.fromhex("ff e0"),
        STORE * 20 + bytes.fromhex("74 00") + RETURN,
        STORE * 20 + b"\x48",
    ],
    ids=["too short", "unknown instruction", "jump anywhere", "flags are used", "cut short"],
)
def test_what_cannot_be_a_table_stays(code):
    assert initialisers.rewritten(code, loop=0x1000) == code


def test_a_row_is_not_entered_in_its_middle():
    back = bytes([0xEB, 256 - 2 - 10 * len(STORE)])  # to the middle of the row
    code = STORE * 20 + back
    assert initialisers.rewritten(code, loop=0x1000) == code


@pytest.mark.parametrize(
    ("text", "base", "displacement"),
    [
        ("48 8b 07", 7, 0),
        ("49 8b 44 24 10", 12, 16),
        ("48 8b 84 24 00 01 00 00", 4, 256),
        ("48 8b 05 10 00 00 00", x86.RIP, 16),
        ("48 8b 04 c7", None, 0),
        ("48 8b 04 25 00 10 00 00", None, 0x1000),
    ],
)
def test_operands_in_memory(text, base, displacement):
    found = x86.decode(bytes.fromhex(text), 0)
    assert (found.other, found.displacement, found.is_memory) == (base, displacement, True)
    assert found.end == len(bytes.fromhex(text))
