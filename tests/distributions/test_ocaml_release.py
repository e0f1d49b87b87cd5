"""OCaml releases that are not the distribution's: a real compiler of each builds what boots.

The whole run tries a handful of programs; `./lab test distributions` all of tests/guest.
"""

import faulthandler
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from support import ROOT, native_ocaml
from support.debian_tools import Unavailable
from support.guests import applications
from support.guests.guest_programs import does_as_told, load, multiline
from support.ocaml_release import build as releases
from support.ocaml_release import packages, sources
from support.platforms import ABOVE_DEVICES

import unikernel
from unikernel_toolchain.configuration import host_library
from unikernel_toolchain.findlib.packages import resolve
from unikernel_toolchain.language import compiled, program
from unikernel_toolchain.language.names import Place
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.tools.run import Stop

BUILD = Path(releases.__file__)
GUESTS = ROOT / "tests/guest/programs"
PROGRAMS = {
    "printf": (
        r'let start () = Printf.printf "%s %d %.3f %S\n" Sys.ocaml_version 42 2.5 "a\n"',
        r'^VERSION 42 2\.500 "a\\n"$',
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
# What is the runtime's most: its heap, its exceptions, its end; and two that need packages.
HANDFUL = (
    *("ocaml_hello", "ocaml_pitfalls", "ocaml_uncaught", "ocaml_out_of_memory", "ocaml_stdin"),
    *("ocaml_lwt", "ocaml_crypto_rng", "c_hello"),
)
APPLICATIONS = ("hello", "echo")  # of a config.ml: its language, boot parameters, a network
# What tests of tests/guest build besides its programs.
OF_TESTS = ("cohttp-mirage", "logs.fmt")
LIMIT_S = 2 * 3600
SHOWN_CHARACTERS = 6000

pytestmark = [pytest.mark.boot, pytest.mark.slow, pytest.mark.beside(BUILD)]


@pytest.fixture(scope="module", params=releases.parameters())
def release(request, beside):
    """A release, first on the path; its version."""
    faulthandler.cancel_dump_traceback_later()  # minutes are right here; each step has a limit
    beside.outcome(BUILD)
    try:
        programs = releases.programs(request.param)
    except sources.Unavailable as why:
        pytest.skip(f"no sources of OCaml {request.param}: {why}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        yield request.param


@pytest.fixture(scope="module")
def libraries(release, tmp_path_factory):
    """A function: has packages, and what they stand on, of this release. findlib finds them first.

    Each test asks for its own: where one has no sources, only those that need it are skipped.
    """
    faulthandler.cancel_dump_traceback_later()
    place = tmp_path_factory.mktemp("packages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCAMLPATH", str(place))
        yield partial(provide, place)


def provide(place, *names):
    try:
        packages.compile_again(packages.needed(theirs(names), SOURCES / "packages"), place)
    except Unavailable as why:
        pytest.skip(f"the sources of a package cannot be had: {why}")


def theirs(names):
    """Return the distribution's packages among these and those that they stand on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OCAMLPATH")  # of a package compiled again, parts may be missing yet
        found = resolve(names, SOURCES / "packages")
    return tuple(package.name for package in found if package.archives and not package.own)


def named_by(guest):
    return load(guest).get("packages", ())


def boot(image):
    choices = {"accelerator": "tcg"} if image.target == "virtio" else {}
    with unikernel.boot(image, wait="running", replace=True, **choices) as vm:
        return vm.console, vm.wait(timeout_s=60)


@pytest.mark.parametrize("target", ["virtio", "unix"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs(release, name, target):
    text, expected = PROGRAMS[name]
    own = OWN_PACKAGES.get(name, ())
    console, ended = boot(unikernel.build(text, name=name, target=target, packages=own))
    expected = expected.replace("VERSION", re.escape(release))
    assert multiline(expected).search(console.text), console.text
    assert ended.ok


def test_names_in_cells_have_types(release):
    answers = program.expected()
    program.ensure(answers, Stop())
    text = "module M = Map.Make (String)\nlet f known = M.ad"
    found = compiled.complete(answers, Place(text, len(text)), ())
    assert ("add", "M.key -> 'a -> 'a M.t -> 'a M.t") in [(it.name, it.type) for it in found]
    known = compiled.describe(answers, Place(f"{text}d", text.index("known")), ())
    assert known.declaration == "val known : 'a"


def test_passes_go_over_its_programs(release, tmp_path):
    linked = native_ocaml.link(native_ocaml.INITIALISERS.read_text(), tmp_path)
    passed = native_ocaml.passed(linked)
    before, after = (native_ocaml.modules_called(each.read_bytes()) for each in (linked, passed))
    assert native_ocaml.said(passed) == native_ocaml.said(linked)
    assert len(after) < len(before)
    assert native_ocaml.bytecode(linked.read_bytes(), passed.read_bytes()).total() > 1000


@pytest.mark.parametrize("platform", ABOVE_DEVICES)
@pytest.mark.parametrize("name", HANDFUL)
def test_a_guest_runs(libraries, name, platform):
    libraries(*named_by(name))
    does_as_told(name, platform)


@pytest.mark.parametrize("platform", ABOVE_DEVICES)
@pytest.mark.parametrize("name", APPLICATIONS)
def test_an_application_runs(libraries, name, platform):
    situation, *_ = applications.configurations(name)
    libraries(*host_library.PACKAGES)
    libraries(*applications.configure(name, situation, platform).libraries)
    for boot in situation["boots"]:
        applications.does_as_told(name, situation, boot, platform)


@pytest.mark.asked
def test_all_guests_run(libraries):
    faulthandler.cancel_dump_traceback_later()
    libraries(*OF_TESTS, *(name for guest in GUESTS.iterdir() for name in named_by(guest.name)))
    done = subprocess.run(
        (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/guest"),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stdout[-SHOWN_CHARACTERS:]
