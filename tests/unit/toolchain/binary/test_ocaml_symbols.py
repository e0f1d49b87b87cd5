"""How OCaml 4 and 5 spell symbols."""

import pytest

from unikernel_toolchain.binary import ocaml_symbols
from unikernel_toolchain.binary.ocaml_symbols import FRAME_TABLE, INITIALISER


@pytest.mark.parametrize(
    ("of_4", "of_5", "name"),
    [
        ("camlMain__f_12", "camlMain.f_12", "Main.f"),
        ("camlStdlib__List__iter_507", "camlStdlib__List.iter_507", "Stdlib.List.iter"),
        ("camlDune__exe__Main__fun_9", "camlDune__exe__Main.fun_9", "Dune.exe.Main.fun"),
        ("camlMain__f_1_12", "camlMain.f_1_12", "Main.f_1"),
        ("camlMain__f$27_12", "camlMain.f$27_12", "Main.f'"),
        ("camlStdlib__$40_178", "camlStdlib.$40_178", "Stdlib.@"),
        ("camlMain__$2b$2b$7e_3", "camlMain.$2b$2b$7e_3", "Main.++~"),
        ("camlMain__let$2a_3", "camlMain.let$2a_3", "Main.let*"),
        ("camlMain__entry", "camlMain.entry", "Main.entry"),
        ("camlTwo$2dwords__f_1", "camlTwo$2dwords.f_1", "Two-words.f"),
        ("camlPack__Main__f_12", "camlPack.Main.f_12", "Pack.Main.f"),
    ],
)
def test_names_read_alike(of_4, of_5, name):
    assert ocaml_symbols.readable(of_4) == ocaml_symbols.readable(of_5) == name


def test_a_dot_tells_the_module_from_underscores_in_a_name():
    assert ocaml_symbols.readable("camlMain.a__b_12") == "Main.a__b"


def test_letters_beyond_ascii():
    assert ocaml_symbols.readable("camlMain.caf$c3$a9_7") == "Main.café"


@pytest.mark.parametrize(
    "name",
    ["caml_alloc2", "caml_curry2_1", "caml_exn_Not_found", "memcpy", "f.part.0", "camlback", ""],
)
def test_what_is_not_ocamls_is_as_it_is(name):
    assert ocaml_symbols.readable(name) == name


@pytest.mark.parametrize("name", ["camlMain.f$00_1", "camlMain.f$ff_1", "camlMain.f$1b$5b_1"])
def test_what_is_no_text_stays_spelled(name):
    assert ocaml_symbols.readable(name) == name.removeprefix("caml").removesuffix("_1")


@pytest.mark.parametrize(
    ("symbol", "what", "module"),
    [
        ("camlMain__entry", INITIALISER, "Main"),
        ("camlMain.entry", INITIALISER, "Main"),
        ("camlStdlib__List__frametable", FRAME_TABLE, "Stdlib__List"),
        ("camlStdlib__List.frametable", FRAME_TABLE, "Stdlib__List"),
        ("camlPack.Main.entry", INITIALISER, "Pack.Main"),
        ("camlMain__entry_12", INITIALISER, None),
        ("camlMain.entry_12", INITIALISER, None),
        ("camlMain.frametable", INITIALISER, None),
        ("Main.entry", INITIALISER, None),
        ("camlMainentry", INITIALISER, None),
    ],
)
def test_what_a_module_has(symbol, what, module):
    assert ocaml_symbols.module_with(symbol, what) == module


@pytest.mark.parametrize("what", ["code_begin", "code_end", "data_begin", "data_end", "frametable"])
def test_borders(what):
    for symbol in (f"camlMain__{what}", f"camlMain.{what}", f"caml_startup__{what}"):
        assert ocaml_symbols.is_border(symbol)
    assert not ocaml_symbols.is_border(f"camlMain.{what}_12")
    assert not ocaml_symbols.is_border(what)
