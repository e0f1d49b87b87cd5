"""OCaml 4.14, which Ubuntu 24.04 has: a real compiler of that release builds what boots."""

import faulthandler
import os
from pathlib import Path

import pytest
from support import native_ocaml
from support.guests.guest_programs import GUESTS, does_as_told, load, multiline
from support.ocaml_release import build as build_ocaml_release
from support.ocaml_release import compiler, packages, sources
from support.ocaml_release.build import PACKAGE, PLACE, VERSION
from support.platforms import ONE_A_TARGET

import unikernel
from unikernel_toolchain.library_os.library_os import SOURCES

BUILD = Path(build_ocaml_release.__file__)
PROGRAMS = {
    "printf": (
        r'let start () = Printf.printf "%s %d %.3f %S\n" Sys.ocaml_version 42 2.5 "a\n"',
        r'^4\.14\.1 42 2\.500 "a\\n"$',
    ),
    "backtrace": (
        """exception Odd of int
let rec check n = if n > 3 then raise (Odd n) else 1 + check (n + 1)
let start () =
  Printexc.record_backtrace true;
  try print_int (check 0)
  with Odd n -> Printf.printf "odd %d\\n%s" n (Printexc.get_backtrace ())""",
        r'^odd 4\nRaised at .*check in file "cell backtrace", line 2, characters 32-45$',
    ),
    "clock": (
        "let start () = if Mclock.elapsed_ns () > 0L then print_endline {|it ticks|}",
        "^it ticks$",
    ),
}
OWN_PACKAGES = {"clock": ("mirage-clock-freestanding",)}  # needs none of the distribution's
NEEDS_NO_PACKAGE = [
    folder.name
    for folder in sorted(GUESTS.glob("ocaml_*"))
    if not {"packages", "peer", "nets"} & load(folder.name).keys()
]

WITH_LWT = ("ocaml_lwt", "ocaml_lwt_async", "ocaml_lwt_hello", "ocaml_clocks", "ocaml_random")

pytestmark = [pytest.mark.boot, pytest.mark.slow, pytest.mark.beside(BUILD)]


@pytest.fixture(scope="module", autouse=True)
def ocaml(beside):
    """The release, first on the path."""
    faulthandler.cancel_dump_traceback_later()  # minutes are right here; each step has a limit
    beside.outcome(BUILD)
    try:
        programs = compiler.release(PACKAGE, PLACE)
    except sources.Unavailable as why:
        pytest.skip(f"no sources of OCaml {VERSION}: {why}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        yield programs


def boot(image):
    choices = {"accelerator": "tcg"} if image.target == "virtio" else {}
    with unikernel.boot(image, wait="running", replace=True, **choices) as vm:
        return vm.console, vm.wait(timeout_s=60)


@pytest.mark.parametrize("target", ["virtio", "unix"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs(name, target):
    text, expected = PROGRAMS[name]
    packages = OWN_PACKAGES.get(name, ())
    console, ended = boot(unikernel.build(text, name=name, target=target, packages=packages))
    assert multiline(expected).search(console.text), console.text
    assert ended.ok


def test_passes_go_over_its_programs(tmp_path):
    program = native_ocaml.link(native_ocaml.INITIALISERS.read_text(), tmp_path)
    passed = native_ocaml.passed(program)
    before, after = (native_ocaml.modules_called(each.read_bytes()) for each in (program, passed))
    assert native_ocaml.said(passed) == native_ocaml.said(program)
    assert len(after) < len(before)
    assert native_ocaml.bytecode(program.read_bytes(), passed.read_bytes()).total() > 1000


@pytest.mark.parametrize("platform", ONE_A_TARGET)
@pytest.mark.parametrize("name", [*NEEDS_NO_PACKAGE, "c_hello"])
def test_a_guest_runs(name, platform):
    does_as_told(name, platform)


@pytest.fixture(scope="module")
def lwt(ocaml, tmp_path_factory):
    """The distribution's Lwt and Cstruct, compiled by this release; findlib finds them first."""
    place = tmp_path_factory.mktemp("packages")
    packages.compile_again(("lwt", "cstruct"), place, SOURCES / "packages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCAMLPATH", str(place))
        yield


@pytest.mark.parametrize("platform", ONE_A_TARGET)
@pytest.mark.parametrize("name", WITH_LWT)
def test_a_guest_with_lwt_runs(name, platform, lwt):
    does_as_told(name, platform)
