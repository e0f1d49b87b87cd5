"""Frame tables without line numbers."""

import subprocess
from pathlib import Path

import pytest

from unikernel_toolchain.binary import elf, frametable, unused_externals

NONE = frozenset()
# Calls, allocations of several blocks at once, raises, inlined calls, calls with many live values.
SOURCE = """
let rec sum list = match list with [] -> 0 | x :: rest -> x + sum rest
let many a b c d e f = let g = sum a in (g, b, c, [d; e], Some (f, ref g), string_of_int (sum d))
let pick list = 1 + (try List.find (fun x -> x > 3) list with Not_found -> failwith "none")
let fill n = Array.to_list (Array.init n (fun i -> (float_of_int i, [| i; i + 1 |])))
"""
MAIN = """
let () =
  let a, _, _, _, _, s = Engine.many [1; 2] 2 3 [4] [5] 6 in
  assert (a = 3 && s = "4");
  for _ = 1 to 200 do ignore (Engine.fill 10_000); if Random.bool () then Gc.compact () done;
  Printexc.record_backtrace true;
  match Engine.pick [1] with
  | exception Failure _ -> print_string (Printexc.get_backtrace ())
  | _ -> assert false
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frametable")
    (folder / "engine.ml").write_text(SOURCE)
    (folder / "main.ml").write_text(MAIN)
    ocaml(folder, "-a", "engine.ml", "-o", "engine.cmxa")
    return folder


def ocaml(folder, *argv):
    subprocess.run(["ocamlopt", "-g", "-inline", "100", *argv], cwd=folder, check=True)


def backtrace(folder):
    """Link main with the archive as it is, run it, and return the backtrace it prints."""
    ocaml(folder, "engine.cmxa", "main.ml", "-o", "main.exe")
    return subprocess.run(
        [folder / "main.exe"], check=True, capture_output=True, text=True, timeout=60
    ).stdout


def test_the_collector_still_finds_every_value_and_lines_are_gone(built):
    assert 'file "engine.ml", line 4' in backtrace(built)
    archive = built / "engine.a"
    whole = archive.read_bytes()
    archive.write_bytes(
        unused_externals.weaken_unused_externals(whole, NONE, frozenset({"Engine"}))
    )
    try:
        trace = backtrace(built)
    finally:
        archive.write_bytes(whole)
    assert "engine.ml" not in trace
    assert 'file "main.ml"' in trace


def test_only_the_data_gets_shorter(built):
    whole = (built / "engine.a").read_bytes()
    weakened = unused_externals.weaken_unused_externals(whole, NONE, frozenset({"Engine"}))
    assert len(weakened) == len(whole)
    (start, size), *_ = unused_externals.members(whole)
    before, after = (elf.parse(data[start : start + size], "it") for data in (whole, weakened))
    for old, new in zip(before.sections, after.sections, strict=True):
        if old.name == ".data":
            assert new.size_bytes < old.size_bytes
        else:
            assert new == old


def test_other_modules_keep_their_lines(built):
    whole = (built / "engine.a").read_bytes()
    assert unused_externals.weaken_unused_externals(whole, NONE, frozenset({"Other"})) == whole


def test_descriptors_of_the_standard_library_are_read_as_they_are_written():
    """Each begins where a relocation fills in a return address, and nothing else is one."""
    where = subprocess.run(["ocamlopt", "-where"], check=True, capture_output=True, text=True)
    archive = (Path(where.stdout.strip()) / "stdlib.a").read_bytes()
    modules = []
    for start, size in unused_externals.members(archive):
        member = elf.parse(archive[start : start + size], "it")
        ((table, module),) = frametable._tables(member)
        data = member.section(".data")
        relocated = {
            offset
            for section in member.sections
            if section.kind == elf.SHT_RELA and member.sections[section.info] == data
            for offset, _, _ in elf.RELOCATION.iter_unpack(member.content(section))
        }
        descriptors = frametable._descriptors(member.content(data), table.address)
        found = {position for position, _ in descriptors}
        assert found == {offset for offset in relocated if offset > table.address}
        modules.append(module)
    assert {"CamlinternalFormat", "Stdlib", "Stdlib__List"} <= {*modules}
