"""Packages that another release of OCaml has compiled."""

import pytest

from unikernel.frontends import doctor
from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import PackageError
from unikernel_toolchain.findlib import releases
from unikernel_toolchain.findlib.packages import Package
from unikernel_toolchain.tools.locate import locate


@pytest.fixture
def package(tmp_path):
    """A package with one archive, which begins with the given characters."""

    def make(magic, **fields):
        (tmp_path / "odd.cmxa").write_bytes(magic + b" and more")
        described = {"name": "odd", "version": "1", "folder": str(tmp_path), "source": ""}
        lists = {"archives": ("odd.cmxa",), "requires": (), "meta": "", "ppx": ""}
        return Package(**described | lists | fields)

    return make


def test_another_release_is_named_with_what_to_do(package):
    with pytest.raises(PackageError, match="Package odd is compiled by another release") as caught:
        releases.check((package(b"Caml1999Z099"),), locate())
    assert "OCAMLFIND" in caught.value.hint


def test_ours_are_compiled_by_us(package):
    releases.check((package(b"Caml1999Z099", source="/somewhere"),), locate())


def test_the_same_release_is_fine(package):
    magic = (locate().ocaml_library / "stdlib.cmxa").read_bytes()[:12]
    releases.check((package(magic), package(magic, archives=("gone.cmxa",))), locate())


def foreign_findlib(folder, monkeypatch):
    """Have findlib offer a package, and a standard library, of another release."""
    (folder / "odd").mkdir()
    (folder / "odd/META").write_text('version = "1"\narchive(native) = "odd.cmxa"\n')
    for name in ("odd/odd.cmxa", "stdlib.cmxa"):
        (folder / name).write_bytes(b"Caml1999Z099")
    settings = folder / "findlib.conf"
    settings.write_text(f'path = "{folder}"\nstdlib = "{folder}"\ndestdir = "{folder}"\n')
    monkeypatch.setenv("OCAMLFIND_CONF", str(settings))


def test_a_build_and_doctor_say_it(tmp_path, monkeypatch):
    assert releases.findlib_agrees()
    foreign_findlib(tmp_path, monkeypatch)
    with pytest.raises(PackageError, match="Package odd is compiled by another release"):
        build(Config("odd", {"cell.ml": "let () = ()"}, packages=("odd",)))
    found = {finding.item: finding for finding in doctor.examine().findings}["ocamlfind"]
    assert "another release" in found.fact
