"""Programs of the host made by the ocamlopt on the path, and what passes over them have done.

They show on real output, without a guest, that a program with passes does what it did.
"""

import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from iced_x86 import Code, Decoder

from support import TESTS
from unikernel_toolchain.binary import elf
from unikernel_toolchain.binary.ocaml_symbols import INITIALISER, module_with
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.postlink import INTERPRETER, Linked, constant_modules, initialiser_bytecode
from unikernel_toolchain.tools.locate import ocaml_version

INITIALISERS = TESTS / "support/ocaml/initialisers.ml"
RUNTIME = SOURCES / "runtime/ocaml"
LIMIT_S = 120
STATIC = f"-static -no-pie -Wl,--undefined={INTERPRETER}"
_CALL_BYTES = 5
# What follows an operation of bytecode, as in runtime/ocaml/initialise.c; with 8 added the
# displacement has three bytes more.
STOP, INITIALISE, ALLOCATE = 0, 7, 15
_OPERANDS = {1: 5, 2: 9, 3: 2, 4: 2, 5: 2, 6: 6, INITIALISE: 0}
_WIDE = 8


def link(source: str, folder: Path) -> Path:
    """Return the program, with the interpreter of bytecode in it."""
    (folder / "main.ml").write_text(source)
    headers = ("-isystem", said("ocamlopt", "-where").strip())
    entry = RUNTIME / f"ocaml{ocaml_version()[0]}/initialise_entry.S"
    objects = []
    for file in (RUNTIME / "initialise.c", entry):
        objects.append(folder / f"{file.stem}.o")
        run("gcc", "-O2", *headers, "-c", file, "-o", objects[-1])
    program = folder / "program"
    run("ocamlopt", "-g", folder / "main.ml", *objects, "-ccopt", STATIC, "-o", program)
    return program


def passed(program: Path) -> Path:
    """Return a copy of a program that the passes for OCaml have gone over."""
    linker_output = elf.read(program)
    linked = Linked("program", linker_output, program, bytearray(linker_output.data))
    constant_modules.apply(linked)
    initialiser_bytecode.apply(linked)
    copy = program.with_name(f"{program.name}-passed")
    copy.write_bytes(linked.image)
    copy.chmod(0o755)
    return copy


def modules_called(data: bytes) -> list[str | None]:
    """Return the modules that `caml_program` calls, in the order in which it does."""
    program = elf.parse(data, "the program")
    names = {symbol.address: symbol.name for symbol in program.symbols if symbol.kind}
    main = next(symbol for symbol in program.symbols if symbol.name == "caml_program")
    start = program.file_offset(main)
    code = data[start : start + main.size_bytes]
    instructions, found = Decoder(64, code, ip=main.address), []
    for instruction in instructions:
        if instruction.is_call_near:
            found.append(module_with(names[instruction.near_branch_target], INITIALISER))
        if instruction.code == Code.JMP_REL32_64:
            instructions.position = instruction.near_branch_target - main.address
            instructions.ip = instruction.near_branch_target
        if instruction.code == Code.RETNQ:
            break
    return found


def bytecode(before: bytes, after: bytes) -> Counter[int]:
    """Return how often each operation is in the bytecode that a pass has put into a program.

    STOP or ALLOCATE is there once a row.
    """
    program = elf.parse(before, "the program")
    interpreter = next(s.address for s in program.symbols if s.name == INTERPRETER)
    counted: Counter[int] = Counter()
    for symbol in program.symbols:
        if symbol.kind != elf.STT_FUNC or module_with(symbol.name, INITIALISER) is None:
            continue
        start = program.file_offset(symbol)
        end = start + symbol.size_bytes
        # A row begins where an instruction did.
        for each in Decoder(64, before[start:end], ip=symbol.address):
            at = start + each.ip - symbol.address
            call = b"\xe8" + (interpreter - each.ip - _CALL_BYTES).to_bytes(
                4, "little", signed=True
            )
            if after[at : at + _CALL_BYTES] == call:
                counted.update(_operations(after, at + _CALL_BYTES))
    return counted


def _operations(code: bytes, at: int) -> Iterator[int]:
    while (operation := code[at]) not in (STOP, ALLOCATE):
        yield operation & ~_WIDE
        at += 1 + _OPERANDS[operation & ~_WIDE] + (3 if operation & _WIDE else 0)
    yield operation


def run(*command: str | Path) -> None:
    """Run a compiler, which may warn."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr


def said(*command: str | Path) -> str:
    """Return what a program has written; AssertionError when it ended with an error."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
