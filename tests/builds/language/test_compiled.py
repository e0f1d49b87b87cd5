"""Names of unfinished programs, read from compiled interfaces."""

import pytest

from unikernel_toolchain.findlib.packages import resolve
from unikernel_toolchain.language import compiled
from unikernel_toolchain.language.names import Place
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.tools.run import run


def place(marked):
    """Return the place of the mark @ in a program."""
    return Place(marked.replace("@", "", 1), marked.index("@"))


@pytest.fixture(scope="module")
def lwt():
    return tuple(package.folder for package in resolve(("lwt",), SOURCES / "packages"))


@pytest.mark.parametrize(
    ("program", "name", "kind", "type_"),
    [
        ("let f = List.ma@", "map", "value", "('a -> 'b) -> 'a list -> 'b list"),
        ("let f = Lis@", "List", "module", ""),
        ("let f = Lwt.Infi@", "Infix", "module", ""),
        ("open Lw@", "Lwt", "module", ""),
        ("let p = Lwt.retu@rn 3", "return", "value", "'a -> 'a Lwt.t"),
        ("let twice x = 2 * x\n\nlet y =\n  twi@\n\nlet z = 3", "twice", "value", "int -> int"),
        ('let f x =\n  let wide = x ^ "" in\n  wi@', "wide", "value", "string"),
        ("let f x = match x with\n  | Some wide -> (wi@", "wide", "value", "'a"),
        ("let f wide = print_int (wide + 1); wi@", "wide", "value", "int"),
        ("module M = Map.Make (String)\nlet x = M.fin@", "find", "value", "M.key -> 'a M.t -> 'a"),
        (
            "module F (X : Set.OrderedType) = struct\n  let f = X.co@\nend",
            "compare",
            "value",
            "…",
        ),
        ("open Printf\nlet f = spri@", "sprintf", "value", "…"),
        ("let f x = let open String in con@", "concat", "value", "…"),
        ('let broken = 1 + ""\nlet fine = 3\nlet y = fi@', "fine", "value", "int"),
        ("let broken = = 1\nlet fine = 3\nlet y = fi@", "fine", "value", "int"),
        ("type t = { wide : int }\nlet f x = x.wi@", "wide", "field", "int"),
        ("type t = Wide of int\nlet f = Wi@", "Wide", "constructor", "t"),
        (
            'let wide = "éü" let x = wi@',
            "wide",
            "value",
            "string",
        ),
    ],
)
def test_names_have_types(answers, lwt, program, name, kind, type_):
    found = {it.name: it for it in compiled.complete(answers, place(program), lwt)}
    assert found[name].kind == kind
    assert type_ in {found[name].type, "…"}


@pytest.mark.parametrize("program", ["@", "let x = @", "(* @", '"@', "let x = No_such.@", "1.@"])
def test_any_place_has_an_answer(answers, program):
    assert isinstance(compiled.complete(answers, place(program), ()), tuple)
    compiled.describe(answers, place(program), ())


@pytest.mark.parametrize(
    "program",
    [
        "let x = 1 (* List.ma@",
        'let x = "List.ma@',
        '(* let x = "a"\n  (* List.ma@ *) *)',
        "{|List.ma@|}",
    ],
)
def test_words_of_comments_and_strings_are_no_names(answers, program):
    assert compiled.complete(answers, place(program), ()) == ()


def test_behind_comments_and_strings_there_are_names_again(answers):
    program = '(* a "string" *) let x = "(* a" ^ String.conc@'
    assert [it.name for it in compiled.complete(answers, place(program), ())] == ["concat"]


@pytest.mark.parametrize(
    ("program", "labels"),
    [
        ("let f send = ListLabels.map [] ~@", {"f": "'a -> 'b"}),
        ("let g ?wide ~high () = high\nlet x = g ~@", {"wide": "'a", "high": "'a"}),
        ("let g ?wide ~high () = high\nlet x = g ~high:3 ?@", {"wide": "'a"}),
        ("let x = ListLabels.fold_left ~in@", {"init": "'a"}),
        ("let g ~wide () = wide\nlet x = List.map (g ~wi@) []\nlet y = 1", {"wide": "'a"}),
        ("let position = 3\nlet x = No_such.f ~posi@", None),
    ],
)
def test_behind_a_tilde_there_are_labels(answers, program, labels):
    found = compiled.complete(answers, place(program), ())
    if labels is None:
        assert "position" in [it.name for it in found]
    else:
        assert {it.name: it.type for it in found} == labels
        assert {it.kind for it in found} == {"label"}


def test_what_is_included_with_other_types_has_its_comment(answers, lwt, tmp_path):
    (tmp_path / "wide.ml").write_text(
        "module type S = sig\n  type t\n  val wide : t\n  (** As wide. *)\nend\n"
        "module type Other = sig include S with type t := int end\n"
        "module type Third = sig include Other end\n"
        "module It : Third = struct let wide = 3 end\n"
    )
    run([answers.tools.ocamlopt, "-c", "wide.ml"], folder=tmp_path)
    found = compiled.describe(answers, place("let x = Wide.It.wide@"), (str(tmp_path),))
    assert (found.declaration, found.comment.strip()) == ("val wide : int", "As wide.")


def test_operators_and_hidden_modules_are_not_offered(answers, lwt):
    names = [it.name for it in compiled.complete(answers, place("let x = @"), lwt)]
    assert names == sorted(names)
    assert all(name[0].isalpha() or name[0] == "_" for name in names)
    assert not any("__" in name for name in names)


@pytest.mark.parametrize(
    ("program", "declaration", "comment"),
    [
        ("let f = List.ma@p", "val map :", "applies function"),
        ("let f = Li@st.map", "module List", ""),
        ("let p = Lwt.bin@d", "val bind :", "promise"),
        ("let twi@ce x = 2 * x", "val twice : int -> int", ""),
        ("let f wi@de = wide + 1", "val wide : int", ""),
        ("module M = Map.Make (String)\nlet x = M.fin@d", "val find : M.key ->", "Not_found"),
        ("let f = Hashtbl.has@h", "val hash : 'a -> int", "integer"),
        ("let f : Buffer.t@ = 3", "type t = Buffer.t", "buffers"),
        ("let f = raise Not_foun@d", "Not_found : exn", ""),
    ],
)
def test_a_description_is_a_declaration_and_its_comment(
    answers, lwt, program, declaration, comment
):
    found = compiled.describe(answers, place(program), lwt)
    assert found is not None
    assert found.declaration.startswith(declaration)
    assert comment in found.comment


def test_what_is_not_there_has_no_description(answers):
    assert compiled.describe(answers, place("let x = No_such.thing@"), ()) is None
    assert compiled.describe(answers, place("let x = 1 + @"), ()) is None
