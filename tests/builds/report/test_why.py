"""Why a module is in an image: chains of references, on images that are built for it."""

import pytest

from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import BadRequest, ImageInvalid
from unikernel_toolchain.report import inspect, symbol_sizes
from unikernel_toolchain.report.reasons import Reasons, why

# Main uses Middle, and Middle uses Str: Main does not know of it.
MIDDLE = 'let is_a text = Str.string_match (Str.regexp "a+") text 0\n'
MAIN = 'let () = if Middle.is_a (Sys.executable_name ^ "a") then print_endline "a"\n'


@pytest.fixture(scope="module")
def image():
    sources = {"middle.ml": MIDDLE, "main.ml": MAIN}
    return build(Config("why", sources, packages=("str",), target="unix"))


@pytest.fixture(scope="module")
def reasons(image):
    return Reasons(image)


def modules(reason):
    return [step.module for step in reason.chain]


def test_a_chain_leads_from_the_program_to_the_module(image):
    reason = why(image, "Str")
    assert modules(reason) == ["Middle", "Str"]
    assert (reason.package, reason.users) == ("str", ("Middle",))
    assert "Str.string_match" in reason.chain[-1].symbols
    assert reason.size_bytes > 10_000
    assert reason.lines()[0] == "Middle (the program)"
    assert reason.lines()[1].startswith("→ Str [str] by Str.")


def test_what_a_library_needs_comes_through_it(reasons):
    chain = modules(reasons.of(*reasons.find("strstubs")))
    assert chain[-2:] == ["Str", "strstubs"]


def test_every_module_of_ocaml_has_a_chain_in_which_each_refers_to_the_next(image, reasons):
    shares = [one for one in inspect.contributions(image) if one.package in ("str", "stdlib")]
    assert len(shares) > 10
    for share in shares:
        reason = reasons.of(share.package, share.module)
        assert reason.chain, share
        told = all(step.symbols for step in reason.chain[1:])
        assert told or (modules(reason)[0] == "startup" and not reason.users), reason


def test_no_chain_leads_through_what_refers_to_every_module(image, reasons):
    chains = [reasons.of(one.package, one.module).chain for one in inspect.contributions(image)]
    assert not [chain for chain in chains if "startup" in [step.module for step in chain[1:-1]]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        *(("Str", "Str"), ("str", "Str"), ("str.Str", "Str"), ("Stdlib.List", "Stdlib.List")),
        *(("list", "Stdlib.List"), ("stdlib__List", "Stdlib.List"), ("Str.string_match", "Str")),
        ("caml_alloc_shr", "memory"),
    ],
)
def test_modules_are_found_by_the_names_people_know(reasons, asked, found):
    assert reasons.name(reasons.find(asked)) == found


def test_a_file_in_c_is_not_taken_for_the_module_of_its_name(image, reasons):
    assert not why(image, "unix").is_ocaml
    assert why(image, "Str").is_ocaml
    with pytest.raises(BadRequest, match="no OCaml module Unix") as caught:
        reasons.find("Unix")
    assert caught.value.hint.endswith("unix.c of ocaml runtime: why why unix")


def test_a_name_in_c_is_not_proposed_for_a_module(reasons):
    with pytest.raises(BadRequest) as caught:
        reasons.find("Stdlib.Snprintf")
    assert "'snprintf'" not in caught.value.hint


@pytest.mark.parametrize(
    ("asked", "hint"), [("Strr", "Did you mean 'Str'?"), ("Xyzzy", "Its largest: ")]
)
def test_a_module_that_is_not_there_is_refused(reasons, asked, hint):
    with pytest.raises(BadRequest, match=f"no module '{asked}' in 'why'") as caught:
        reasons.find(asked)
    assert hint in caught.value.hint


def test_programs_in_c_have_reasons_too():
    program = 'extern int puts(const char *);\nint main(void) { return puts("hi"); }\n'
    made = build(Config("c", {"cell.c": program}, language="c"))
    assert why(made, "puts").chain[-1].symbols == ("puts",)
    assert why(made, "symbols").chain == ()


def test_a_map_without_references_is_told(image, tmp_path):
    old = tmp_path / "map"
    old.write_text(image.map_path.read_text().partition("\nCross Reference Table\n")[0])
    made = type(image)(**{**vars(image), "map_path": old})
    with pytest.raises(ImageInvalid, match="nothing of references"):
        why(made, "Str")


def test_symbols_of_a_module_sum_to_what_it_takes(image):
    totals = {}
    for one in symbol_sizes.symbol_sizes(image):
        part = one.package, one.module
        totals[part] = totals.get(part, 0) + one.size_bytes
    shares = {(one.package, one.module): one.size_bytes for one in inspect.contributions(image)}
    assert totals == shares
    names = {one.symbol for one in symbol_sizes.symbol_sizes(image) if one.module == "str"}
    assert {"Str.string_match", symbol_sizes.FRAME_TABLE, symbol_sizes.CONSTANTS} <= names


def test_padding_belongs_to_no_module_of_its_own(image):
    own = {one.module for one in inspect.contributions(image) if one.package == inspect.APPLICATION}
    assert own == {"main", "middle", "unikernel_main"}
