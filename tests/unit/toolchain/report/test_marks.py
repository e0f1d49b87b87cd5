"""Compilers' words as places of a cell."""

import pytest

from unikernel_toolchain.report.marks import LIMIT, Mark, marks, of_start, of_word

OCAML = """\
let café = "é" ^ 42
let f = function
  | Some x -> x
let start () = print_endline café
"""
ERROR = """\
File "cell a", line 2, characters 19-21:
2 | let café = "é" ^ 42
                      ^^
Error: This expression has type int but an expression was expected of type
         string
"""
WARNING = """\
File "cell a", lines 3-4, characters 8-15:
3 | let f = function
            ^^^^^^^^
Warning 8 [partial-match]: this pattern-matching is not exhaustive.
Here is an example of a case that is not matched:
None
"""
C = "int main(void) {\n  int unused; prinft();\n  foreign();\n}\n"
GCC = """\
cell a: In function ‘main’:
cell a:3:15: warning: implicit declaration of function ‘prinft’
3 |   int unused; prinft();
                  ^
cell a:3:7: error: unused variable ‘unused’
cell a:3:7: note: it is not used
"""


def test_an_error_of_ocaml_has_its_place_in_characters():
    text = 'let café = "é" ^ 42'
    message = (
        "Error: This expression has type int but an expression was expected of type\n"
        "         string"
    )
    assert marks(ERROR, OCAML, 2) == (Mark("error", 2, 17, 2, 19, message, text),)


def test_a_tab_in_a_line_leaves_an_error_an_error():
    source = "let start () =\n\tprint_endline (3 + 4)"
    place = 'File "cell a", line 3, characters 15-22:\n'
    error = "Error: This expression has type int"
    shown = f"{place}3 | \tprint_endline (3 + 4)\n    \t              ^^^^^^^\n{error}"
    (mark,) = marks(shown, source, 2)
    assert (mark.severity, mark.column, mark.end_column) == ("error", 15, 22)
    assert mark.message == error


def test_places_of_several_lines_end_on_the_last():
    (mark,) = marks(WARNING, OCAML, 2)
    assert (mark.severity, mark.line, mark.column, mark.end_line, mark.end_column) == (
        *("warning", 3, 8),
        *(4, 15),
    )
    assert mark.message.startswith("Warning 8 [partial-match]")
    assert mark.message.endswith("None")
    assert mark.text == "let f = function"


def test_each_complaint_is_a_mark_of_its_own_and_each_once():
    found = marks(WARNING + ERROR + ERROR, OCAML, 2)
    assert [(mark.severity, mark.line) for mark in found] == [("warning", 3), ("error", 2)]


def test_gcc_names_a_column_and_the_word_there_is_marked():
    warning, error = marks(GCC, C, 2)
    assert (warning.severity, warning.line, warning.column, warning.end_column) == (
        *("warning", 3),
        *(14, 20),
    )
    assert (error.severity, error.column, error.end_column) == ("error", 6, 12)
    assert error.message == "unused variable ‘unused’"


def test_what_the_linker_misses_is_marked_where_it_is_called():
    (mark,) = marks("cell a, line 4: undefined reference to `foreign'", C, 2)
    assert (mark.line, mark.column, mark.end_column) == (4, 2, 9)


@pytest.mark.parametrize(
    "output",
    [
        "",
        "Fatal error: exception Out_of_memory",
        ERROR.replace("cell a", "/usr/lib/ocaml/list.ml"),
        ERROR.replace("cell a", "unikernel.ml"),
        'File "cell a", line 2, characters 19-21:',
    ],
)
def test_what_is_of_no_cell_is_no_mark(output):
    assert marks(output, OCAML, 2) == ()


def test_a_place_outside_the_cell_is_at_its_border():
    (mark,) = marks(ERROR.replace("line 2", "line 99"), OCAML, 2)
    assert (mark.column, mark.text) == (0, "")


def test_there_is_a_limit():
    many = "".join(ERROR.replace("line 2", f"line {line}") for line in range(2, 300))
    assert len(marks(many, OCAML * 100, 2)) == LIMIT


@pytest.mark.parametrize(
    ("program", "place"),
    [
        ("let start = 1\nlet start x y = 3", (3, 4, 9)),
        ("let rec start () = start ()\nlet starts = 3\nlet start' = 4", (2, 8, 13)),
        ("let x = 3\n\n  let y = 4  \n\n", (4, 2, 11)),
    ],
)
def test_a_start_that_is_none_is_marked_or_else_where_it_is_missing(program, place):
    mark = of_start("no start", program, 2)
    assert (mark.severity, mark.message) == ("error", "no start")
    assert (mark.line, mark.column, mark.end_column) == place


def test_a_program_of_nothing_has_no_place():
    assert of_start("no start", "\n \n", 2) is None


def test_a_word_of_the_magic_is_marked_there_whole():
    line = "%%unikernel build lwt-more -p lwt-more.x -p lwt"
    mark = of_word("gone", "lwt", line, 1)
    assert (mark.line, line[mark.column :], mark.end_column, mark.text) == (
        *(1, "lwt"),
        *(len(line), line),
    )
    assert of_word("gone", "more", line, 1) is None
