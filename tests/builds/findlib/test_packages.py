"""OCaml packages by their findlib names."""

import json

import pytest
from support.findlib import write_package

from unikernel_toolchain.errors import PackageError, PackageMissing, PackageNeedsUnix
from unikernel_toolchain.findlib import modules, packages
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.store import cache
from unikernel_toolchain.tools import debian

OWN = SOURCES / "packages"


def names(found):
    return [package.name for package in found]


def test_no_package_needs_no_question(tmp_path):
    assert packages.resolve((), tmp_path) == ()


def test_everything_needed_comes_first():
    found = packages.resolve(("logs.lwt",), OWN)
    assert set(names(found)) >= {"logs", "lwt", "logs.lwt"}
    assert names(found)[-1] == "logs.lwt"
    assert found[-1].archives == ("logs_lwt.cmxa",)


def test_ours_win_over_the_distribution(own):
    write_package(own / "group", "lwt", version="ours")
    (lwt,) = packages.resolve(("lwt",), own)
    assert (lwt.version, lwt.own) == ("ours", True)


def test_a_missing_package_names_what_to_install():
    with pytest.raises(PackageMissing) as caught:
        packages.resolve(("nosuchpackage",), OWN)
    assert caught.value.package == "nosuchpackage"
    assert "apt-cache search --names-only nosuchpackage ocaml" in caught.value.hint
    assert "install " not in caught.value.hint  # whether there is one, nobody here knows


@pytest.mark.parametrize(
    "name", ["tls", "tls.lwt", "tls-mirage", "tls-lwt", "conduit-tls", "ca-certs", "ca-certs-nss"]
)
def test_a_package_of_tls_is_told_that_it_is_not_served(name):
    with pytest.raises(PackageMissing) as caught:
        packages.resolve((name,), OWN)
    assert caught.value.hint.startswith("TLS is not served yet, it comes later")
    assert "apt" not in caught.value.hint


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("unikernel-app.http", "unikernel-apps.http"),
        ("mirage-stak", "mirage-stack"),
        ("lwtt", "lwt"),
    ],
)
def test_a_misspelt_package_is_told_what_was_meant(misspelt, meant):
    with pytest.raises(PackageMissing) as caught:
        packages.resolve((misspelt,), OWN)
    assert caught.value.hint.startswith(f"Did you mean {meant}? ")


def test_a_missing_need_names_who_needs_it(own):
    write_package(own / "group", "top", requires="nosuchpackage")
    with pytest.raises(PackageMissing, match=r"nosuchpackage is not installed \(needed by top\)"):
        packages.resolve(("top",), own)


def test_unix_is_refused_with_the_chain(own):
    write_package(own / "group", "top", requires="middle")
    write_package(own / "group", "middle", requires="lwt.unix")
    with pytest.raises(PackageNeedsUnix) as caught:
        packages.resolve(("top",), own)
    assert "top → middle → lwt.unix → " in caught.value.what


def test_what_is_an_operating_system_itself_is_refused(own):
    write_package(own / "group", "runtime_events")
    with pytest.raises(PackageNeedsUnix) as caught:
        packages.resolve(("runtime_events",), own)
    assert caught.value.what == "Package runtime_events needs an operating system underneath."


def test_values_of_several_lines(own):
    write_package(own / "group", "one")
    write_package(own / "group", "two", version="[unspecified]")
    write_package(own / "group", "top", requires="one,\n  two\n")
    found = packages.resolve(("top",), own)
    assert names(found) == ["one", "two", "top"]
    assert found[-1].requires == ("one", "two")
    assert [package.version for package in found] == ["1", "", "1"]


@pytest.mark.parametrize("name", ["unix", "lwt.unix", "threads", "threads.posix", "logs.threaded"])
def test_what_needs_an_operating_system_is_refused(name):
    with pytest.raises(PackageNeedsUnix) as caught:
        packages.resolve((name,), OWN)
    assert caught.value.package == name


@pytest.mark.parametrize("name", ["", "a b", "-help", "../x", "größe"])
def test_impossible_names_are_refused(name):
    with pytest.raises(PackageError, match="cannot be the name"):
        packages.resolve((name,), OWN)


def test_a_preprocessor_brings_its_command():
    ppx = next(p for p in packages.resolve(("lwt_ppx",), OWN) if p.name == "lwt_ppx")
    assert ppx.ppx.endswith("ppx.exe --as-ppx")
    assert ppx.ppx.startswith("/")


def test_findlib_is_asked_once(own, monkeypatch):
    write_package(own / "group", "one")
    first = packages.resolve(("one",), own)
    monkeypatch.setattr(packages, "_query", None)
    assert packages.resolve(("one",), own) == first
    packages._answers.clear()  # as in another process
    assert packages.resolve(("one",), own) == first


def test_findlib_is_asked_again_when_a_package_changes(own):
    write_package(own / "group", "one", version="1")
    packages.resolve(("one",), own)
    meta = own / "group/one/META"
    then_ns = meta.stat().st_mtime_ns
    write_package(own / "group", "one", version="2")
    import os

    os.utime(meta, ns=(then_ns, then_ns + 1))
    assert packages.resolve(("one",), own)[0].version == "2"


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"stamps": {}, "packages": [{}]})])
def test_a_damaged_answer_is_asked_again(own, text):
    write_package(own / "group", "one")
    packages.resolve(("one",), own)
    packages._answers.clear()
    (answer,) = (cache.root() / "packages").iterdir()
    answer.write_text(text)
    assert names(packages.resolve(("one",), own)) == ["one"]


def test_needed_follows_requirements():
    found = packages.resolve(("logs.lwt", "cstruct"), OWN)
    logs_lwt = next(p for p in found if p.name == "logs.lwt")
    needs = set(names(packages.needed(logs_lwt, found)))
    assert needs - {"bytes"} == {"logs", "lwt"}  # which Lwt of Debian 12 needs, for older OCamls


def test_a_module_is_found_in_its_package():
    assert modules.packages_with("Lwt", OWN)[0] == "lwt"
    assert modules.packages_with("Logs_lwt", OWN)[0] == "logs.lwt"
    assert modules.packages_with("No_such_module", OWN) == ()


@pytest.mark.parametrize(("module", "package"), [("Str", "str"), ("Unix", "unix")])
def test_a_module_beside_the_standard_library_is_of_its_own_package(module, package):
    assert modules.packages_with(module, OWN)[0] == package


@pytest.mark.parametrize(
    ("name", "package", "known"),
    [
        ("lwt", "liblwt-ocaml-dev", True),
        ("lwt_ppx", "liblwt-ocaml-dev", True),
        ("mirage-crypto-ec", "libmirage-crypto-ocaml-dev", True),
        ("zarith", "libzarith-ocaml-dev", True),
        ("nosuch.sub", "libnosuch-ocaml-dev", False),
    ],
)
def test_apt_packages(name, package, known):
    assert debian.package_of(name) == (package, known)


def test_a_package_that_comes_to_the_path_is_found(own, tmp_path, monkeypatch):
    """It may stand before the one that was found first: another opam switch, OCAMLPATH."""
    first, second = tmp_path / "first", tmp_path / "second"
    monkeypatch.setenv("OCAMLPATH", f"{first}:{second}")
    second.mkdir()
    write_package(second, "odd", version="old")
    assert packages.resolve(("odd",), own)[0].version == "old"
    first.mkdir()
    write_package(first, "odd", version="new")
    assert packages.resolve(("odd",), own)[0].version == "new"
    monkeypatch.setattr(packages, "_answers", {})
    write_package(first, "more")
    assert packages.resolve(("odd",), own)[0].version == "new"


def test_other_settings_of_findlib_are_another_question(own, tmp_path, monkeypatch):
    for version in ("one", "two"):
        place = tmp_path / version
        place.mkdir()
        write_package(place, "odd", version=version)
        (place / "findlib.conf").write_text(f'path = "{place}"\ndestdir = "{place}"\n')
        monkeypatch.setenv("OCAMLFIND_CONF", str(place / "findlib.conf"))
        assert packages.resolve(("odd",), own)[0].version == version
