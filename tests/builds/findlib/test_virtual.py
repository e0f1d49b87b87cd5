"""Virtual libraries of dune: an interface, and which of its implementations is linked."""

import pytest
from support.findlib import write_package

from unikernel_toolchain.errors import PackageError
from unikernel_toolchain.findlib import packages

OLDER = " (kind normal)\n (virtual)\n"  # as dune 3.17 writes it, and 3.24
NEWER = " (kind virtual)\n"
MODULES = " (modules (singleton (obj_name hash) (kind virtual))))\n"


def library(name, more):
    return f"(library\n (name {name})\n{more}{MODULES}"


def hashes(folder, kind=OLDER, default=" (default_implementation hash.c)\n"):
    """Write an interface `hash` with two implementations, and `user`, which needs it."""
    place = write_package(folder, "hash", archive="")
    with (place / "META").open("a") as meta:
        for name in ("c", "ocaml"):
            requires = 'requires = "hash"\n  archive(native) = "it.cmxa"'
            meta.write(f'package "{name}" (\n  directory = "{name}"\n  {requires}\n)\n')
    implementation = " (kind normal)\n (implements hash)\n"
    texts = (
        library("hash", kind + default),
        library("hash.c", implementation),
        library("hash.ocaml", implementation),
    )
    (place / "dune-package").write_text("(lang dune 3.17)\n(name hash)\n" + "".join(texts))
    write_package(folder, "user", requires="hash")


def linked(own, *names):
    return [package.name for package in packages.resolve(names, own)]


@pytest.mark.parametrize("kind", [OLDER, NEWER])
def test_nobody_has_to_name_the_implementation(own, kind):
    hashes(own / "group", kind)
    assert linked(own, "user") == ["hash", "hash.c", "user"]
    assert linked(own, "hash") == ["hash", "hash.c"]


def test_the_one_that_is_named_is_linked_before_who_needs_it(own):
    hashes(own / "group")
    assert linked(own, "user", "hash.ocaml") == ["hash", "hash.ocaml", "user"]


def test_one_that_another_package_requires_is_named(own):
    hashes(own / "group")
    write_package(own / "group", "chooser", requires="user hash.ocaml")
    assert linked(own, "chooser") == ["hash", "hash.ocaml", "user", "chooser"]


def test_two_implementations_are_refused(own):
    hashes(own / "group")
    with pytest.raises(PackageError, match=r"hash\.c and hash\.ocaml are both the implementation"):
        linked(own, "hash.ocaml", "hash.c")


def test_an_interface_without_a_default_names_its_implementations(own):
    hashes(own / "group", default="")
    assert linked(own, "user", "hash.c") == ["hash", "hash.c", "user"]
    with pytest.raises(PackageError, match="Package hash is an interface alone") as caught:
        linked(own, "user")
    assert caught.value.hint == "Add one of hash.c, hash.ocaml."


def test_a_package_that_is_no_virtual_library_stays_as_it_is(own):
    place = write_package(own / "group", "one")
    (place / "dune-package").write_text(library("one", " (kind normal)\n"))
    assert linked(own, "one") == ["one"]
