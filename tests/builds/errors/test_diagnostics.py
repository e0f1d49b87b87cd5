"""What people read when a cell does not build."""

import re
from types import MappingProxyType

import pytest

from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import CompileError, LinkError
from unikernel_toolchain.model.plan import Plan, Step
from unikernel_toolchain.report.diagnostics import explain
from unikernel_toolchain.tools.run import CompletedProcess


def error_of(text, language="ocaml", name="hello", **choices):
    """Build a cell whose first line is line 2 and return the error."""
    file = "cell.ml" if language == "ocaml" else "cell.c"
    with pytest.raises((CompileError, LinkError)) as caught:
        build(Config(name, {file: text}, language=language, first_line=2, **choices))
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "excerpt", "message"),
    [
        ("let start () =\n  let x = 1 in\n  x +\n", 4, "4 |   x +", "Syntax error"),
        ('let a = 1\nlet b : int = "x"', 3, '3 | let b : int = "x"\n' + " " * 18 + "^^^", "string"),
        ("let start () = undefined_name ()", 2, "2 | let start", "Unbound value"),
        ('let start () = "größe" ^ 1', 2, " " * 29 + "^", "int"),
        ("let start () =\n\tprint_endline 1", 3, "    \t              ^", "int"),
        ('let start () = print_string "abc', 2, " " * 32 + "^", "String literal not terminated"),
        ("let f x =\n  match x with\n  | Some", 4, "4 |   | Some", "Syntax error"),
    ],
)
def test_ocaml_errors_are_at_the_cells_own_lines(text, line, excerpt, message):
    error = error_of(text)
    assert f"error at line {line}" in error.what
    assert f'File "cell hello", line {line}' in error.detail
    assert excerpt in error.detail
    assert message in error.detail


def test_a_place_over_several_lines_shows_its_first():
    error = error_of("let x : int =\n  if true then\n    1\n  else\n    2.0")
    assert "error at line 6" in error.what


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("let start () = Lwt.return ()", "Package lwt brings it: add --package lwt"),
        ("open Logs_lwt", "Package logs.lwt brings it: add --package logs.lwt"),
        ("open Nowhere", "No installed package brings a module Nowhere."),
        ("let start () = ignore (Unix.time ())", "A unikernel has no Unix"),
        ("let start () = Lwt_io.print {|a|}", "A unikernel has no Lwt_io"),
        ("let () = Lwt_main.run (Lwt.return ())", "Let start return the promise"),
    ],
)
def test_modules_that_are_not_there_come_with_a_hint(text, hint):
    assert hint in error_of(text).hint


@pytest.mark.parametrize(
    "text",
    [
        "let start () = ignore (Cstruct.no_such 1)",
        "let f (x : Cstruct.no_such) = x",
        "let f () = raise Cstruct.No_such",
        "open Cstruct.No_such",
        "module type S = Cstruct.No_such",
        "let x = { Cstruct.no_such = 1 }",
        "let x : Cstruct.t = new Cstruct.no_such",
    ],
)
def test_what_a_package_that_was_given_lacks_is_not_had_by_adding_it(text):
    hint = error_of(text, packages=("cstruct",)).hint
    assert re.fullmatch(
        r"Cstruct is the module of package cstruct( [\d.]+)?, which has nothing of that name\.",
        hint,
    )


@pytest.mark.parametrize("text", ["let x = List.no_such", "module M = struct end let x = M.x"])
def test_what_lies_in_no_package_gets_no_package(text):
    assert error_of(text).hint == ""


@pytest.mark.parametrize("text", ["let start (x : int) = ()", "let start = 3", "let start () = 3"])
def test_a_start_of_the_wrong_shape_is_explained(text):
    error = error_of(text)
    assert error.what == "'hello' cannot be started."
    assert "start" in error.detail


def test_an_external_that_no_library_has_is_named():
    error = error_of('external x : int -> int = "nosuch_prim"\nlet start () = ignore (x 1)')
    assert "calls a function that no library has: nosuch_prim" in error.what


def test_names_with_spaces_and_other_scripts_are_readable():
    error = error_of("let start () = 1 + ()", name="größe 統一")
    assert 'File "cell größe 統一", line 2' in error.detail


def test_c_errors_are_at_the_cells_own_lines():
    error = error_of("int main(void)\n{\n\treturn nothing;\n}", "c")
    assert "error at line 4" in error.what
    assert "cell hello:4:9: error:" in error.detail
    assert "4 | \treturn nothing;\n    \t       ^" in error.detail


@pytest.mark.parametrize("text", ["int foo(void) { return 0; }", "static int main_(void);"])
def test_a_c_program_without_an_entry_is_told_which_to_define(text):
    error = error_of(text, "c")
    assert error.what == "'hello' has no entry."
    assert "solo5_app_main" in error.hint
    assert "int main(" in error.hint


def test_undefined_c_functions_are_named_with_their_lines():
    error = error_of("int foo(void);\nint main(void) { return foo(); }", "c")
    assert error.what == "'hello' calls a function that no library has: foo."
    assert "cell hello, line 3: undefined reference to `foo'" in error.detail


def test_warnings_of_a_program_that_builds_are_in_its_log():
    config = Config("hello", {"cell.c": "int main(void)\n{ int x; return 0; }"}, language="c")
    image = build(config, fresh=True)
    assert "2 | { int x; return 0; }\n          ^" in image.log


# ---- words of other releases of the tools


def explained(stage, words, language="ocaml", linked=MappingProxyType({})):
    sources = {"cell.ml" if language == "ocaml" else "cell.c": "first\nsecond\nthird"}
    config = Config("hello", sources, language=language)
    process = CompletedProcess(("tool",), 2, "", words)
    made = Plan("hello", "virtio", {}, (), "image.elf", (), packages=linked)
    return explain(config, Step(stage, ("tool",)), process, made)


@pytest.mark.parametrize(
    "place",
    [
        "/usr/bin/ld: /tmp/cc.o: in function `main':\ncell hello:3: ",
        "/usr/bin/ld: /tmp/cc.o: in function `main':\n/tmp/cell hello:3: ",
        "ld: cell hello:3:(.text.main+0x5): ",
    ],
    ids=["binutils 2.40", "binutils 2.42", "binutils 2.44"],
)
def test_every_linkers_undefined_references(place):
    error = explained("link", f"{place}undefined reference to `foo'\n", "c")
    assert error.what == "'hello' calls a function that no library has: foo."
    assert error.detail == "cell hello, line 3: undefined reference to `foo'"


@pytest.mark.parametrize("module", ["Lwt", '"Lwt"'], ids=["OCaml 4", "OCaml 5.3"])
@pytest.mark.parametrize("stage", ["compile", "link"])
def test_every_compilers_missing_modules(module, stage):
    words = {
        "compile": f'File "cell hello", line 2, characters 1-4:\nError: Unbound module {module}\n',
        "link": 'File "unikernel_main.ml", line 1:\nError: No implementations provided for the '
        f"following modules:\n         {module} referenced from cell.cmx\n",
    }
    assert explained(stage, words[stage]).hint == "Package lwt brings it: add --package lwt"


@pytest.mark.parametrize("name", ["Lwt.foo", '"Lwt.foo"'], ids=["OCaml 4", "OCaml 5.3"])
def test_every_compilers_unbound_values(name):
    words = f'File "cell hello", line 2, characters 1-4:\nError: Unbound value {name}\n'
    assert (
        "package lwt 5.6.1, which has" in explained("compile", words, linked={"lwt": "5.6.1"}).hint
    )
    assert explained("compile", words).hint == ""
