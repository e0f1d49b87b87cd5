"""The library OS's OCaml packages and the distribution's, built to be linked."""

import os
import shutil
import uuid

import pytest
from support.own_cache import copy_library_os

from unikernel_toolchain import Config, Stop, build, plan
from unikernel_toolchain.binary import elf, unused_externals
from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.findlib import packages
from unikernel_toolchain.library_os import library_os
from unikernel_toolchain.library_os import packages as ocaml_packages
from unikernel_toolchain.targets import load
from unikernel_toolchain.tools.locate import locate
from unikernel_toolchain.tools.progress import Steps


@pytest.fixture
def built_libos():
    built = library_os.expected(load("virtio"), locate())
    library_os.ensure(built, Steps(lambda *_: None, 0), Stop())
    return built


@pytest.fixture
def own(tmp_path):
    """Two packages of our own, `upper` on `lower`, which has a C stub; never built before."""
    folder = tmp_path / "packages"
    text = f'external answer : int -> int = "lower_answer" (* {uuid.uuid4()} *)\n'
    write(folder / "group", "lower", "", "lower.ml", text)
    stub = "#include <caml/mlvalues.h>\nvalue lower_answer(value);\n"
    (folder / "group/lower/stub.c").write_text(stub + "value lower_answer(value v) { return v; }\n")
    write(folder / "group", "upper", "lower fmt", "upper.ml", "let answer () = Lower.answer 42\n")
    return folder


def write(folder, name, requires, file, text):
    (folder / name).mkdir(parents=True)
    meta = f'version = "1"\nrequires = "{requires}"\narchive(native) = "{name}.cmxa"\n'
    (folder / name / "META").write_text(meta)
    (folder / name / file).write_text(text)


def with_build_folders(own, built_libos, name="upper"):
    return ocaml_packages.with_build_folders(built_libos, packages.resolve((name,), own))


def build_packages(built_libos, wanted):
    absent = ocaml_packages.missing(built_libos, wanted)
    ocaml_packages.build(built_libos, absent, wanted, Steps(lambda *_: None, 0), Stop())


def folders(wanted):
    return {package.name: package.folder for package in wanted}


def test_what_does_not_compile_tells_the_releases_that_it_is_compiled_against(own, built_libos):
    write(
        own / "group", "broken", "lower fmt", "broken.ml", f"let x = Fmt.gone (* {uuid.uuid4()} *)"
    )
    with pytest.raises(ToolchainError, match="does not build: broken") as caught:
        build_packages(built_libos, with_build_folders(own, built_libos, "broken"))
    (fmt,) = (package for package in packages.resolve(("fmt",), own) if package.name == "fmt")
    assert f"It is compiled against fmt {fmt.version}:" in caught.value.hint


def test_packages_are_compiled_with_their_stubs(own, built_libos):
    wanted = with_build_folders(own, built_libos)
    assert {"lower", "upper"} <= {p.name for p in ocaml_packages.missing(built_libos, wanted)}
    build_packages(built_libos, wanted)
    assert ocaml_packages.missing(built_libos, wanted) == ()
    lower = built_libos.folder / "packages" / folders(wanted)["lower"]
    assert {"lower.cmi", "lower.cmxa", "lower.a", "liblower_stubs.a"} <= {
        file.name for file in lower.iterdir()
    }


def test_packages_of_ours_name_no_lines(own, built_libos):
    wanted = with_build_folders(own, built_libos)
    build_packages(built_libos, wanted)
    archive = built_libos.folder / "packages" / folders(wanted)["upper"] / "upper.a"
    whole = archive.read_bytes()
    ((start, size),) = unused_externals.members(whole)
    member = elf.parse(whole[start : start + size], "upper")
    assert b"upper.ml" not in bytes(member.content(member.section(".data")))


def test_a_change_moves_a_package_and_what_needs_it(own, built_libos):
    before = folders(with_build_folders(own, built_libos))
    (own / "group/lower/lower.ml").write_text("let answer x = x + 1\n")
    after = folders(with_build_folders(own, built_libos))
    assert {name for name in before if before[name] != after[name]} == {"lower", "upper"}
    (own / "group/upper/upper.ml").write_text("let answer () = 1\n")
    last = folders(with_build_folders(own, built_libos))
    assert {name for name in after if after[name] != last[name]} == {"upper"}


def test_a_damaged_package_is_compiled_again(own, built_libos):
    wanted = with_build_folders(own, built_libos)
    build_packages(built_libos, wanted)
    shutil.rmtree(folders(wanted)["lower"])
    build_packages(built_libos, wanted)
    assert ocaml_packages.missing(built_libos, wanted) == ()


def test_an_archive_of_the_distribution_that_changed_is_weakened_again(tmp_path, monkeypatch):
    """In a cache of its own: another test may be linking this archive at the moment."""
    copy_library_os(tmp_path)
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    built_libos = library_os.expected(load("virtio"), locate())
    wanted = packages.resolve(("fmt",), library_os.SOURCES / "packages")
    build_packages(built_libos, wanted)
    copy = built_libos.archive(wanted[-1], "fmt.cmxa").with_suffix(".a")
    os.utime(copy, ns=(1, 1))
    assert [package.name for package in ocaml_packages.missing(built_libos, wanted)] == ["fmt"]
    build_packages(built_libos, wanted)
    assert ocaml_packages.missing(built_libos, wanted) == ()


def test_a_package_that_does_not_compile_says_so_and_leaves_nothing(own, built_libos):
    (own / "group/upper/upper.ml").write_text("let answer () : string = 1\n")
    wanted = with_build_folders(own, built_libos)
    with pytest.raises(ToolchainError, match="does not build: upper") as caught:
        build_packages(built_libos, wanted)
    assert "expected of type" in caught.value.detail
    assert not (built_libos.folder / "packages" / folders(wanted)["upper"]).exists()


def test_only_what_is_asked_for_is_compiled():
    text = "let () = print_endline {|hi|}"
    assert plan(Config("hello", {"cell.ml": text})).packages == {}
    image = build(Config("hello", {"cell.ml": text}, packages=("mirage-clock",)))
    assert set(image.packages) == {"mirage-clock", "mirage-clock-freestanding"}
