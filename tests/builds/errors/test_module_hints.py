"""Files whose names other modules have: the build works, or says that the names clash."""

import pytest

from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import CompileError, LinkError
from unikernel_toolchain.model.device import network_devices
from unikernel_toolchain.report import module_hints

NOTHING = "let x = 1\n"
START = "let start () = print_int {}.x\n"
RENAME = "give the file another name"


def hint(sources, *packages, nets=()):
    """Build files, which are named as a person would, and return the error's hint."""
    labels = {name: f"src/{name}" for name in sources}
    config = Config(
        "clash", sources, packages=packages, devices=network_devices(nets), labels=labels
    )
    with pytest.raises((CompileError, LinkError)) as caught:
        build(config)
    return caught.value.hint


def test_a_file_that_means_a_packages_module_of_its_own_name():
    program = {"lwt.ml": "let start () = Lwt.return ()"}
    assert hint(program, "lwt") == (
        f"src/lwt.ml is the module Lwt itself, and package lwt brings another: {RENAME}."
    )
    assert "If package lwt's is meant: add --package lwt" in hint(program)


def test_a_file_that_means_itself():
    assert hint({"odd.ml": "let x = Odd.y"}) == "src/odd.ml is the module Odd itself."


@pytest.mark.parametrize("order", [("odd.mli", "odd.ml"), ("odd.ml", "odd.mli")])
def test_an_interface_is_the_same_module(order):
    texts = {"odd.mli": "val x : int", "odd.ml": "let x = Odd.y"}
    assert "is the module Odd itself" in hint({name: texts[name] for name in order})


def test_files_in_the_wrong_order():
    sources = {"main.ml": START.format("Late"), "late.ml": NOTHING}
    assert hint(sources).startswith("Late is src/late.ml, which comes later. Name the files")


@pytest.mark.parametrize("name", ["stdlib", "std_exit", "camlinternalFormatBasics"])
def test_the_standard_librarys_own(name):
    words = hint({f"{name}.ml": 'let start () = Printf.printf "%d" 1'})
    assert f"and OCaml's standard library brings another: {RENAME}" in words


@pytest.mark.parametrize(
    ("file", "package", "start"),
    [
        ("lwt.ml", "logs.lwt", 'let start () = Logs_lwt.info (fun f -> f "hi")'),
        (
            "logs.ml",
            "mirage-logs",
            "let () = print_int Logs.x\nmodule L = Mirage_logs.Make (Pclock)\nlet start () = ()",
        ),
        ("oS.ml", "lwt", "let start () = Lwt.return_unit"),
        ("oS.ml", "mirage-time", "module Main (T : Mirage_time.S) = struct let start () = () end"),
    ],
)
def test_a_packages_own(file, package, start):
    words = hint({file: NOTHING, "main.ml": start}, package)
    assert f"src/{file} makes a module" in words
    assert words.endswith(f"brings another: {RENAME}.")


def test_what_devices_are_made_of():
    start = "module Main (S : Mirage_stack.V4) = struct let start s = S.listen s end"
    words = hint({"netif.ml": NOTHING, "main.ml": start}, nets=("service",))
    assert "src/netif.ml makes a module Netif, and package mirage-net-unikernel brings" in words


@pytest.mark.parametrize("name", ["lwt", "list", "lwt_list", "oS", "mclock", "printf"])
def test_a_name_that_nobody_else_needs_is_the_programs(name):
    module = name[0].upper() + name[1:]
    sources = {f"{name}.ml": NOTHING, "main.ml": START.format(module)}
    assert build(Config("own", sources, packages=("lwt", "mirage-clock"))).size_bytes


@pytest.mark.parametrize("module", ["S", "T", "C", "S4", "KV", "Time", "Clock"])
def test_a_name_as_parameters_have_is_no_packages(module):
    start = f"module Main (Other : Mirage_time.S) = struct let start () = {module}.listen () end"
    assert hint({"main.ml": start}, "mirage-time") == (
        f"Is a parameter of the functor missing, as in module Main ({module} : …), or a module "
        f"{module} = …?"
    )


@pytest.mark.parametrize("module", ["Config", "Types", "Typecore"])
def test_the_compilers_own_modules_are_not_meant(module):
    """Some have everyday names of an application's modules."""
    assert "compiler-libs" not in module_hints.add(module)
