"""A cell's line and program, and help on the words of a line."""

import pytest

from unikernel.frontends.notebook.cells import cell_of
from unikernel.frontends.notebook.option_help import help_at


def test_places_of_a_program_are_those_of_its_cell():
    code = "\n  %%unikernel build é -t unix # so\nlet x = 1\n"
    cell = cell_of(code)
    assert len(cell.program) == len(code)
    assert cell.program.index("let") == code.index("let") == cell.begins
    assert cell.program[: cell.begins].isspace()
    assert cell.program.count("\n") == code.count("\n")


@pytest.mark.parametrize("code", ["", "x = 1", "%unikernel ps\nx", "%%unikernels build\nx"])
def test_other_cells_are_none_of_ours(code):
    assert cell_of(code) is None


def test_a_magic_without_a_program_has_none_yet():
    assert cell_of("%%unikernel build a") is None
    assert cell_of("%%unikernel build a\n").program.isspace()


@pytest.mark.parametrize(
    ("line", "packages", "devices", "target"),
    [
        ("build a -p lwt --package fmt -t unix", ("lwt", "fmt"), [], "unix"),
        ("build a --net service --block disk", (), ["service", "disk"], "virtio"),
        ("build a --package=lwt --no-such-flag", ("lwt",), [], "virtio"),
        ("build --help -p lwt", ("lwt",), [], "virtio"),
        ("build a -p lwt 'open", ("lwt",), [], "virtio"),
        ("build -p lwt", ("lwt",), [], "virtio"),
    ],
)
def test_a_request_has_what_the_line_names(line, packages, devices, target):
    asked = cell_of(f"%%unikernel {line}\nFoo.c").request()
    assert asked.packages == packages
    assert [device.name for device in asked.devices] == devices
    assert asked.target == target


def test_a_program_that_logs_is_asked_for_as_one():
    texts = cell_of("%%unikernel build a\nlet f () = Logs.info").request().sources.values()
    assert any("Logs" in text for text in texts)


def test_the_kind_of_a_cell_is_in_its_line():
    assert cell_of("%%unikernel build a --lang c\n").is_c
    assert cell_of("%%unikernel build a --lang=c\n").is_c
    assert not cell_of("%%unikernel build a -p lang-c\n").is_c
    assert cell_of("%%unikernel config a\n").is_config
    assert not cell_of("%%unikernel build config\n").is_config


@pytest.mark.parametrize(
    ("marked", "part"),
    [
        ("%%unikernel build a --pa|ckage lwt", "findlib package to link"),
        ("%%unikernel build a --package=l|wt", "findlib package to link"),
        ("%%unikernel build a -p l|wt", "findlib package to link"),
        ("%%unikernel build a -|t unix", "what to run on"),
        ("%%unikernel build| a", "usage: unikernel build"),
        ("%%unikernel build my|_image", "usage: unikernel build"),
        ("%unikernel boot a --replace b|", "usage: unikernel boot"),
        ("vm = %unikernel boot a --mem|ory 3", "RAM of the guest"),
        ("%unikernel| ps", "usage: unikernel COMMAND"),
        ("%unikernel bot| a", "usage: unikernel COMMAND"),
        ("%unikernel|", "usage: unikernel COMMAND"),
        ("%unikernel boot a --no-such| b", "usage: unikernel boot"),
    ],
)
def test_help_is_that_of_the_word(marked, part):
    line, column = marked.replace("|", ""), marked.index("|")
    assert part in help_at(line, column)


@pytest.mark.parametrize("line", ["", "x = 1", "%timeit unikernel", "let unikernel = 3"])
def test_other_lines_have_no_help_of_ours(line):
    assert help_at(line, len(line)) is None
