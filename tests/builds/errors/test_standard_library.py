"""Modules that some releases of OCaml have in their standard library, and others have not."""

import pytest

from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import CompileError
from unikernel_toolchain.tools.locate import ocaml_version, version

NEWER = {
    "In_channel": ((4, 14), "let start () = In_channel.close stdin"),
    "Domain": ((5, 0), "let start () = ignore (Domain.self ())"),
    "Effect": ((5, 0), "type _ Effect.t += Ask : int Effect.t\nlet start () = ()"),
    "Type": ((5, 1), "let start () = ignore (Type.Id.make ())"),
    "Dynarray": ((5, 2), "let start () = Dynarray.clear (Dynarray.make 1 ())"),
    "Iarray": ((5, 4), "let start () = ignore (Iarray.length (Iarray.of_list [ () ]))"),
}
# For want of an operating system until they came into the standard library.
LOCKS = {
    "Mutex": "let start () = Mutex.lock (Mutex.create ())",
    "Condition": "let start () = Condition.signal (Condition.create ())",
}
GONE = {
    "Stream": "let start () = Stream.iter print_int (Stream.of_list [ 1 ])",
    "Genlex": "let start () = ignore (Genlex.make_lexer [])",
}


def refusal(text):
    with pytest.raises(CompileError) as caught:
        build(Config("cell", {"cell.ml": text}))
    return caught.value


@pytest.mark.parametrize("module", NEWER)
def test_a_module_of_a_newer_release(module):
    since, text = NEWER[module]
    if ocaml_version() >= since:
        assert build(Config("cell", {"cell.ml": text})).size_bytes
    else:
        first = ".".join(map(str, since))
        assert refusal(text).hint == (
            f"{module} is in OCaml's standard library from {first} on; "
            f"this is OCaml {version('ocamlopt')}."
        )


@pytest.mark.parametrize("module", LOCKS)
def test_a_lock_is_missed_for_want_of_threads_where_it_is_theirs(module):
    if ocaml_version() >= (5, 0):
        assert build(Config("cell", {"cell.ml": LOCKS[module]})).size_bytes
    else:
        assert refusal(LOCKS[module]).hint.startswith(f"A unikernel has no {module}")


@pytest.mark.parametrize("module", GONE)
def test_a_module_that_went(module):
    if ocaml_version() < (5, 0):
        assert build(Config("cell", {"cell.ml": GONE[module]})).size_bytes
    else:
        hint = refusal(GONE[module]).hint
        assert "camlp-streams brings it" in hint
        assert "libcamlp-streams-ocaml-dev" in hint or "--package camlp-streams" in hint
