"""The library OS's OCaml sources."""

import shutil

from unikernel_toolchain import Stop
from unikernel_toolchain.library_os import library_os, ocaml
from unikernel_toolchain.targets import load
from unikernel_toolchain.tools.locate import locate
from unikernel_toolchain.tools.progress import Steps

THE_COMPILERS_OWN = ("primitive", "longident", "asttypes", "shape")  # and none that connect uses


def test_modules_become_parts_of_one_unit(tmp_path):
    (tmp_path / "b.ml").write_text("let x = 1\nlet hidden = 2")
    (tmp_path / "b.mli").write_text("val x : int")
    (tmp_path / "a.ml").write_text("let () = print_int B.x")
    assert ocaml.one_unit(tmp_path, ["b.mli", "b.ml", "a.ml"]) == (
        'module B : sig\n# 1 "b.mli"\nval x : int\nend = struct\n# 1 "b.ml"\n'
        "let x = 1\nlet hidden = 2\nend\n"
        'module A = struct\n# 1 "a.ml"\nlet () = print_int B.x\nend\n'
    )


def test_modules_of_connect_may_have_the_names_of_the_compilers_own(tmp_path, monkeypatch):
    """Which those are is another list in every release: 4.14 brought a Shape."""
    sources = tmp_path / "libos"
    shutil.copytree(library_os.SOURCES, sources)
    for name in THE_COMPILERS_OWN:
        (sources / f"configure/{name}.ml").touch(exist_ok=True)
    monkeypatch.setattr(library_os, "SOURCES", sources)
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    built = library_os.expected(load("unix"), locate())
    library_os.ensure(built, Steps(lambda *_: None, 0), Stop())
    assert built.is_intact()
