"""Bytecode in place of rows of moves: the same effect, and other code left alone."""

import subprocess
from pathlib import Path

import pytest
from iced_x86 import Decoder

from unikernel_toolchain.binary import elf
from unikernel_toolchain.library_os import library_os
from unikernel_toolchain.postlink import Linked, initialiser_bytecode
from unikernel_toolchain.postlink.moves import Kind, Move, move_of

SOURCES = Path(__file__).parent / "initialisers"
INTERPRETER = library_os.SOURCES / "runtime/ocaml"
STORE = bytes.fromhex("48 c7 47 08 01 00 00 00")  # movq $1, 8(%rdi)
RETURN = b"\xc3"
START, INTERPRETER_ADDRESS = 0x10_0000, 0x10_1000


@pytest.fixture(scope="module", params=[4, 5], ids="OCaml {}".format)
def ocaml(request):
    return request.param


@pytest.fixture(scope="module")
def program(ocaml, tmp_path_factory):
    """A program of the host with an initialiser in it, and the interpreter."""
    path = tmp_path_factory.mktemp("initialisers") / "program"
    entry = INTERPRETER / f"ocaml{ocaml}/initialise_entry.S"
    files = [*SOURCES.glob("*.[cS]"), INTERPRETER / "initialise.c", entry]
    flags = ("-O2", "-static", "-no-pie", f"-DOCAML={ocaml}", "-I", SOURCES)
    subprocess.run(["gcc", *flags, *files, "-o", path], check=True)
    return path


def with_bytecode(path):
    program = elf.read(path)
    linked = Linked("it", program, path, bytearray(program.data))
    initialiser_bytecode.apply(linked)
    return linked.image


def output(path):
    return subprocess.run([path], check=True, capture_output=True, text=True, timeout=10).stdout


def test_bytecode_has_the_same_effect(program):
    copy = program.with_name("with-bytecode")
    image = with_bytecode(program)
    copy.write_bytes(image)
    copy.chmod(0o755)
    changed = sum(a != b for a, b in zip(image, program.read_bytes(), strict=True))
    assert changed > 200, "most of the initialiser is bytecode"
    assert output(copy) == output(program)


def test_the_interpreter_keeps_within_the_stack(program):
    copy = program.with_name("on-a-full-stack")
    copy.write_bytes(with_bytecode(program))
    copy.chmod(0o755)
    assert "below" not in output(program) + output(copy)


def test_calls_are_bytecode(program, ocaml):
    """One is entered in its middle and stays; of four allocations one finds no room."""
    copy = program.with_name("with-calls")
    copy.write_bytes(with_bytecode(program))
    copy.chmod(0o755)
    compiled, interpreted = ("9 0 4\n", "1 8 1\n") if ocaml == 5 else ("0 0 0\n", "0 0 0\n")
    assert (calls(program), calls(copy)) == (compiled, interpreted)


def calls(path):
    """Return how often caml_initialize was called by compiled code and by other, and allocators."""
    return subprocess.run([path], check=True, capture_output=True, text=True, timeout=10).stderr


def test_a_program_without_the_interpreter_stays_as_it_is(tmp_path):
    path = tmp_path / "plain"
    main = "unsigned long camlMoves__entry(unsigned long *w) { return *w; }\nint main(void) {}\n"
    (tmp_path / "main.c").write_text(main)
    subprocess.run(["gcc", "-no-pie", tmp_path / "main.c", "-o", path], check=True)
    assert with_bytecode(path) == path.read_bytes()


def test_a_row_becomes_a_call_and_bytecode():
    code = STORE * 20 + RETURN
    result = initialiser_bytecode.rewritten(code, START, INTERPRETER_ADDRESS)
    assert len(result) == len(code)
    call = Decoder(64, result, ip=START).decode()
    assert call.is_call_near
    assert call.near_branch_target == INTERPRETER_ADDRESS
    assert result[-1:] == RETURN


@pytest.mark.parametrize(
    "code",
    [
        STORE * 5 + RETURN,
        STORE * 20 + b"\x06" + RETURN,
        STORE * 20 + bytes.fromhex("ff e0"),
        STORE * 20 + bytes.fromhex("74 00") + RETURN,
        STORE * 20 + b"\x48",
    ],
    ids=["too short", "unknown instruction", "jump anywhere", "flags are used", "cut short"],
)
def test_what_cannot_be_bytecode_stays(code):
    assert initialiser_bytecode.rewritten(code, START, INTERPRETER_ADDRESS) == code


def test_a_row_is_not_entered_in_its_middle():
    back = bytes([0xEB, 256 - 2 - 10 * len(STORE)])  # to the middle of the row
    code = STORE * 20 + back
    assert initialiser_bytecode.rewritten(code, START, INTERPRETER_ADDRESS) == code


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("48 c7 c0 fe ff ff ff", Move(Kind.SET, 0, value=-2)),
        ("48 b8 ff ff ff ff ff ff ff 7f", Move(Kind.SET, 0, value=(1 << 63) - 1)),
        ("41 b9 01 00 00 80", Move(Kind.SET, 9, value=0x8000_0001)),
        ("48 89 c3", Move(Kind.ADDRESS, 3, 0)),
        ("49 83 c0 05", Move(Kind.ADDRESS, 8, 8, 5)),
        ("48 2d 21 43 05 00", Move(Kind.ADDRESS, 0, 0, -0x54321)),
        ("48 8d 77 f8", Move(Kind.ADDRESS, 6, 7, -8)),
        ("48 8b 07", Move(Kind.LOAD, 0, 7, 0)),
        ("49 8b 44 24 10", Move(Kind.LOAD, 0, 12, 16)),
        ("48 8b 84 24 00 01 00 00", Move(Kind.LOAD, 0, 4, 256)),
        ("4c 89 5d 80", Move(Kind.STORE, 11, 5, -128)),
        ("48 c7 47 20 f9 ff ff ff", Move(Kind.STORE_VALUE, 0, 7, 32, -7)),
    ],
)
def test_moves(text, move):
    assert move_of(Decoder(64, bytes.fromhex(text)).decode()) == move


@pytest.mark.parametrize(
    "text",
    [
        "48 8b 05 10 00 00 00",
        "48 8b 04 c7",
        "48 8b 04 25 00 10 00 00",
        "64 48 8b 07",
        "67 48 8b 07",
        "8b 07",
        "66 c7 07 01 00",
        "48 01 c3",
        "48 83 07 05",
        "48 83 e0 05",
    ],
    ids=[
        *("relative", "index", "no base", "fs", "32-bit base", "32 bits", "16 bits"),
        *("two registers", "a sum in memory", "another operation"),
    ],
)
def test_what_is_no_move(text):
    assert move_of(Decoder(64, bytes.fromhex(text)).decode()) is None


def test_a_row_of_any_length():
    """What is left behind bytecode is said in 16 bits: a table of many fields is several rows."""

    def bytecode(stores):
        code = STORE * stores + RETURN
        return initialiser_bytecode.rewritten(code, START, INTERPRETER_ADDRESS)

    call_bytes, store = 5, len(STORE) - 1
    one = bytecode(20)[call_bytes : call_bytes + store]
    assert bytecode(20).count(one) == 20
    assert bytecode(70_000).count(one) == 70_000
