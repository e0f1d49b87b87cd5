"""Config to Plan: a pure value."""

import pytest

from unikernel_toolchain import Config, plan
from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.model.device import network_devices
from unikernel_toolchain.planning import planner

HELLO = "let () = print_endline {|hi|}\n"


def hello(name="hello", text=HELLO, **choices):
    return Config(name, {"cell.ml": text}, **choices)


def test_the_same_question_has_the_same_plan():
    assert plan(hello()) == plan(hello())
    assert plan(hello()).digest() == plan(hello()).digest()


@pytest.mark.parametrize(
    "other",
    [
        hello(text=HELLO + "let () = exit 1"),
        hello(packages=("lwt",)),
        hello(without_passes=("symbols",)),
        hello(devices=network_devices(("service",))),
        hello(first_line=2),
        Config("hello", {"cell.c": "int main(void) { return 0; }"}, language="c"),
    ],
)
def test_another_question_has_another_digest(other):
    assert plan(other).digest() != plan(hello()).digest()


def test_stages_are_those_people_know():
    assert [step.stage for step in plan(hello()).steps] == ["compile", "connect", "link"]
    c = Config("hello", {"cell.c": "int main(void) { return 0; }"}, language="c")
    assert [step.stage for step in plan(c).steps] == ["compile", "link"]


def test_lines_are_counted_from_where_the_cell_says():
    made = plan(hello(first_line=2))
    assert made.files["cell.ml"].startswith('# 2 "cell hello"\n')


def test_versions_of_packages_are_part_of_it():
    made = plan(hello(packages=("lwt",)))
    assert made.packages["lwt"]
    assert "mirage-unikernel" in made.packages  # the main loop behind lwt


def test_interfaces_bring_what_stands_behind_them():
    made = plan(hello(packages=("mirage-console", "mirage-random")))
    assert {"mirage-console-unikernel", "mirage-random-unikernel"} <= set(made.packages)


def test_a_network_brings_the_stack():
    assert "mirage-stack-unikernel" in plan(hello(devices=network_devices(("service",)))).packages
    assert "mirage-stack-unikernel" in plan(hello(packages=("mirage-net",))).packages


def test_a_c_program_with_a_network_has_a_manifest():
    c = Config(
        "c",
        {"c.c": "int main(void) { return 0; }"},
        language="c",
        devices=network_devices(("service",)),
    )
    made = plan(c)
    assert [step.stage for step in made.steps] == ["compile", "manifest", "manifest", "link"]
    assert "MFT_DEV_NET_BASIC" in made.files[planner.MANIFEST]


def test_a_preprocessor_is_run():
    command = plan(hello(packages=("lwt_ppx",))).steps[0].command
    assert command[command.index("-ppx") + 1].endswith("--as-ppx")


def test_several_files_are_compiled_in_their_order():
    made = plan(Config("two", {"b.mli": "val x : int", "b.ml": "let x = 1", "a.ml": HELLO}))
    assert made.steps[0].command[-3:] == ("b.mli", "b.ml", "a.ml")
    assert "--module A" in made.steps[1].command[-1]


def test_it_can_be_read():
    text = str(plan(hello()))
    assert "hello for virtio" in text
    assert "ocamlopt -c" in text
    assert text.endswith("\n# pass over image.elf: symbols")


def test_passes_over_the_image_are_part_of_it():
    assert "initialiser-bytecode" in plan(hello()).passes
    assert "initialiser-bytecode" not in plan(hello(target="unix")).passes
    without = plan(hello(without_passes=("initialiser-bytecode", "strip")))
    assert without.passes == ("wx", "constant-modules", "thread-block", "symbols")
    assert "initialise" in plan(hello()).files[planner.LINKER]
    assert "initialise" not in without.files[planner.LINKER]


def test_a_pass_that_has_no_switch_is_refused():
    with pytest.raises(BadRequest, match="cannot be turned off"):
        plan(hello(without_passes=("wx",)))


@pytest.mark.parametrize(
    "name", ["a b.ml", "../x.ml", "é.ml", "x.txt", "1.ml", "my-app.ml", "_a.ml", ".ml"]
)
def test_impossible_file_names_are_refused_with_the_rule(name):
    with pytest.raises(BadRequest, match="cannot be the name of an OCaml source file") as caught:
        plan(Config("hello", {name: HELLO}))
    assert "such as my_app.ml: letters from a to z, digits and _" in caught.value.hint


@pytest.mark.parametrize("name", ["-a.c", "/a.c", "../a.c", "a?.c", "b/../a.c"])
def test_impossible_names_of_c_files_are_refused_with_the_rule(name):
    with pytest.raises(BadRequest, match="cannot be the name of a C source file") as caught:
        plan(Config("hello", {name: "int main(void) { return 0; }"}, language="c"))
    assert "letters, digits, spaces and - _ . +" in caught.value.hint


@pytest.mark.parametrize(("name", "language"), [(planner.MAIN, "ocaml"), (planner.MANIFEST, "c")])
def test_names_of_what_the_build_writes_are_refused_as_such(name, language):
    with pytest.raises(BadRequest, match="the build writes one itself"):
        plan(Config("hello", {name: HELLO}, language=language))


@pytest.mark.parametrize(("name", "language"), [("a.mli", "ocaml"), ("a.h", "c")])
def test_nothing_to_run_is_refused(name, language):
    with pytest.raises(BadRequest, match="Nothing to run"):
        plan(Config("hello", {name: "x"}, language=language))


@pytest.mark.parametrize("language", ["ocaml", "c"])
def test_what_is_no_character_is_refused(language):
    with pytest.raises(BadRequest, match=r"'\\udc80' in a.c is no character"):
        Config("hello", {"a.c": f"{HELLO}\udc80"}, language=language)


def test_an_unknown_target_is_refused():
    with pytest.raises(BadRequest, match="No target 'xbox'; there are: virtio"):
        plan(hello(target="xbox"))
