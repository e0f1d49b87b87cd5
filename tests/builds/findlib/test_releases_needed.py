"""A package that wants a newer OCaml than the one here is refused in a sentence."""

from dataclasses import replace

import pytest

from unikernel_toolchain.errors import PackageError
from unikernel_toolchain.findlib import releases
from unikernel_toolchain.findlib.packages import resolve
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.tools.locate import locate


def direct():
    """Return the package of the library OS that needs effects."""
    found = resolve(("unikernel-direct",), SOURCES / "packages")
    return next(package for package in found if package.name == "unikernel-direct")


def test_the_release_is_read_off_meta():
    assert direct().ocaml == "5.1"


@pytest.mark.parametrize("version", [(4, 13), (4, 14), (5, 0)])
def test_an_older_ocaml_is_told(version):
    tools = replace(locate(), ocaml_version=version)
    with pytest.raises(PackageError, match=r"^Package unikernel-direct needs OCaml 5\.1 or newer"):
        releases.check((direct(),), tools)


@pytest.mark.parametrize("version", [(5, 1), (5, 4), (6, 0)])
def test_others_will_do(version):
    releases.check((direct(),), replace(locate(), ocaml_version=version))
