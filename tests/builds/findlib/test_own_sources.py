"""The sources of packages of our own, and where their modules are found."""

import pytest
from support.findlib import write_package

from unikernel_toolchain.errors import PackageError
from unikernel_toolchain.findlib import modules
from unikernel_toolchain.findlib.own_sources import source_files


def write_sources(own, *names):
    """Write a package with these files and a sub-package; return its folder."""
    folder = write_package(own / "group", "one")
    with (folder / "META").open("a") as meta:
        meta.write('package "sub" (\n  directory = "sub"\n)\n')
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def sources(folder, **versions):
    found = source_files(folder, folder / "META", versions)
    return [str(file.relative_to(folder)) for file in found]


def test_sources_are_those_of_all_folders_but_of_sub_packages(own):
    wire = ["a.c", "a.h", "core/deep/d.ml", "core/b.ml", "core/b.mli"]
    folder = write_sources(own, *wire, "sub/c.ml", "readme.md")
    assert sources(folder) == sorted(wire)
    assert source_files(folder / "sub", folder / "META", {}) == (folder / "sub/c.ml",)


@pytest.mark.parametrize("other", ["core/a.ml", "core/a.mli"])
def test_two_modules_of_one_name_are_an_error(own, other):
    folder = write_sources(own, "a.ml", other)
    with pytest.raises(PackageError, match="have the same name") as caught:
        sources(folder)
    assert caught.value.package == "one"


def test_a_source_stands_in_for_another_since_a_version(own):
    folder = write_sources(own, "core/a.ml", "core/a.mli", "b.c", "sub/c.ml", "since/lwt-6/a.ml")
    assert sources(folder, lwt="5.9") == ["b.c", "core/a.ml", "core/a.mli"]
    assert sorted(sources(folder, lwt="6.1")) == ["b.c", "core/a.mli", "since/lwt-6/a.ml"]
    assert modules.packages_with("A", own) == ("one",)


def test_a_module_of_ours_is_found_in_its_folder(own):
    write_sources(own, "core/odd_module.ml", "sub/odder_module.ml")
    assert modules.packages_with("Odd_module", own) == ("one",)
    assert modules.packages_with("Odder_module", own) == ("one.sub",)
