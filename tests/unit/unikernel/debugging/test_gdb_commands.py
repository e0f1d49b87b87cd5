"""What people type for gdb: lines and blocks, places in the cell, hints."""

import pytest

from unikernel.debugging.gdb_interface import commands
from unikernel.errors import UsageError

NAMES = ("Cell.start", "Cell.go", "Stdlib.List.iter", "caml_main")


def test_a_cell_has_a_command_a_line_and_blocks_are_one():
    cell = "\n# remark\nbreak Cell.go\ncommands\n  silent\n  if $rax\n  print 1\n  end\nend\n\nbt\n"
    block = "commands\nsilent\nif $rax\nprint 1\nend\nend"
    assert commands.lines_of(cell) == ["break Cell.go", block, "bt"]


def test_python_on_one_line_is_no_block():
    assert commands.lines_of("python print(1)\nbt") == ["python print(1)", "bt"]


@pytest.mark.parametrize("text", ["commands\nsilent", "define x\nif 1\nend"])
def test_a_block_without_an_end_is_refused(text):
    with pytest.raises(UsageError, match="needs more lines, and an end"):
        commands.lines_of(text)


@pytest.mark.parametrize("command", ["commands", "define x", "python"])
def test_a_block_does_not_fit_on_a_line(command):
    with pytest.raises(UsageError, match="needs more lines"):
        commands.check(command)


@pytest.mark.parametrize("command", ["run", "kill", "target remote :1", "attach 1"])
def test_what_is_about_another_guest_is_refused(command):
    with pytest.raises(UsageError, match="is not for a machine's gdb"):
        commands.check(command)


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        ("break hello:4", "break 'cell hello':4"),
        ("b hello:4 if $rax > 3", "b 'cell hello':4 if $rax > 3"),
        ("list hello:2,hello:9", "list 'cell hello':2,hello:9"),
        ("break cell hello:4", "break cell hello:4"),
        ("break 'cell hello':4", "break 'cell hello':4"),
        ("break othello:4", "break othello:4"),
        ("print hello:4", "print hello:4"),
        ("break Cell.go", "break Cell.go"),
    ],
)
def test_a_line_of_the_cell_is_written_with_its_name(typed, given):
    assert commands.located(typed, "hello", ("cell hello",)) == given


def test_without_a_cell_a_file_of_that_name_is_meant():
    assert commands.located("break hello:4", "hello", ("hello.ml",)) == "break hello:4"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Cell.strat", "Did you mean 'Cell.start'?"),
        ("go", "Did you mean 'Cell.go'?"),
        ("List.iter", "Did you mean 'Stdlib.List.iter'?"),
        ("caml_mian", "Did you mean 'caml_main'?"),
        ("Nope.nope", "info functions REGEX lists what there is."),
        ("xyzzy", "info functions REGEX lists what there is."),
    ],
)
def test_an_unknown_function_has_a_hint(name, hint):
    assert commands.hint_for(f'Function "{name}" not defined.', NAMES) == hint


def test_an_unquoted_name_in_an_expression_has_a_hint():
    said = "'Cell' has unknown type; cast it to its declared type"
    assert "quotes" in commands.hint_for(said, NAMES)
    assert commands.hint_for("No stack.", NAMES) == ""
