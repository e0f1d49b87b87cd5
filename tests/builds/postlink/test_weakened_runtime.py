"""Parts of OCaml's runtime that are in images of programs that can reach them, and in no others."""

from pathlib import Path

import pytest
from support import native_ocaml

from unikernel_toolchain import build
from unikernel_toolchain.binary import elf, unused_externals, weakened_runtime
from unikernel_toolchain.model.config import Config

NEITHER = 'let start () = print_endline "hello"\n'
MAKES_BIGARRAYS = """\
let start () =
  print_int (Bigarray.Array1.dim (Bigarray.Array1.create Bigarray.char Bigarray.c_layout 5))
"""
READS_BIGARRAYS = """\
let start () =
  let cells : (float, Bigarray.float64_elt, Bigarray.c_layout) Bigarray.Array1.t =
    Marshal.from_channel stdin in
  print_float cells.{0}
"""
COMPACTS = "let start () = Gc.compact ()\n"
PROFILES = """\
let start () = ignore (Gc.Memprof.start ~sampling_rate:0.1 Gc.Memprof.null_tracker)
"""
BIGARRAYS, COMPACTION, PROFILER = (
    "caml_ba_deserialize",
    "caml_compact_heap",
    "caml_memprof_new_domain",
)


def on_demand():
    """Return these parts, as far as this release has them: OCaml 4 compacts by itself."""
    major, minor = native_ocaml.said("ocamlopt", "-version").split(".")[:2]
    since = {BIGARRAYS: (4, 13), COMPACTION: (5, 2), PROFILER: (5, 3)}
    return {part for part, release in since.items() if release <= (int(major), int(minor))}


@pytest.mark.parametrize(
    ("source", "reached"),
    [
        pytest.param(NEITHER, set(), id="neither"),
        pytest.param(MAKES_BIGARRAYS, {BIGARRAYS}, id="makes bigarrays"),
        pytest.param(READS_BIGARRAYS, {BIGARRAYS}, id="reads bigarrays"),
        pytest.param(COMPACTS, {COMPACTION, PROFILER}, id="compacts"),
        pytest.param(PROFILES, {PROFILER}, id="profiles"),
    ],
)
def test_images_have_the_parts_that_their_programs_reach(source, reached):
    image = build(Config(name="parts", sources={"main.ml": source}))
    names = {symbol.name for symbol in elf.read(image.debug_path).symbols}
    assert names & on_demand() == reached & on_demand()


def bindings(archive, name):
    """Return how the members of an archive that lack this symbol refer to it."""
    return {
        symbol.binding
        for start, size in unused_externals.members(archive)
        for symbol in elf.parse(archive[start : start + size], "it").symbols
        if symbol.name == name and symbol.section == elf.SHN_UNDEF
    }


def test_only_the_named_references_change():
    runtime = Path(native_ocaml.said("ocamlopt", "-where").strip(), "libasmrun.a").read_bytes()
    weakened = weakened_runtime.weakened(runtime)
    assert bindings(runtime, "caml_ba_ops") == {elf.STB_GLOBAL}
    assert bindings(weakened, "caml_ba_ops") == {elf.STB_WEAK}
    assert sum(a != b for a, b in zip(runtime, weakened, strict=True)) == 1


def test_what_is_no_archive_is_refused():
    with pytest.raises(ValueError, match="not an ar archive"):
        weakened_runtime.weakened(b"text")
