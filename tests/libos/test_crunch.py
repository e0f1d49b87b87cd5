"""Folders compiled in: the module that is made, compiled for this machine and asked."""

import subprocess

import pytest
from support.ocaml.programs import TIME_LIMIT_S, built

from unikernel_toolchain.data import crunch

ASKS = """
let () =
  let now promise =
    match Lwt.state promise with Lwt.Return (Ok it) -> it | _ -> failwith "no answer"
  in
  let module Kv : sig
    include Mirage_kv.RO
    val connect : unit -> t Lwt.t
  end = struct
    include (Mirage_kv_crunch : Mirage_kv.RO with type t = Mirage_kv_crunch.t)
    let connect = connect
  end in
  let t = match Lwt.state (Kv.connect ()) with Lwt.Return t -> t | _ -> failwith "waits" in
  let v = Mirage_kv.Key.v in
  let rec show key =
    let one (name, kind) =
      let key = Mirage_kv.Key.add key name in
      match kind with
      | `Dictionary -> show key
      | `Value ->
        let days, picoseconds = now (Kv.last_modified t key) in
        let value = now (Kv.get t key) in
        assert (now (Kv.digest t key) = Digest.string value);
        Printf.printf "%s %s %d %Ld\\n" (Mirage_kv.Key.to_string key)
          (Digest.to_hex (Digest.string value)) days picoseconds
    in
    List.iter one (now (Kv.list t key))
  in
  show Mirage_kv.Key.empty;
  assert (now (Kv.exists t (v "missing")) = None);
  assert (now (Kv.exists t (v "sub")) = Some `Dictionary);
  match Lwt.state (Kv.get t (v "sub")) with
  | Lwt.Return (Error (`Value_expected _)) -> ()
  | _ -> failwith "a dictionary has no value"
"""


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "data"
    (place / "sub").mkdir(parents=True)
    (place / "text").write_bytes(b'  a "quoted" \\ line\n\n   another\r\nand \xc3\xbc')
    (place / "every byte").write_bytes(bytes(range(256)) * 9)
    (place / "sub/blanks").write_bytes(b" " * 500)
    (place / "sub/empty").write_bytes(b"")
    return place


def test_a_module_holds_its_folder(tmp_path, folder, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "90000")
    source = tmp_path / "crunched.ml"
    module = crunch.module_source(folder, "Static1")
    source.write_text(f"(* packages: {crunch.PACKAGE} *)\n{module}{ASKS}", encoding="utf-8")
    said = subprocess.run(
        [built(source)], capture_output=True, text=True, timeout=TIME_LIMIT_S, check=True
    ).stdout
    paths = [line.rsplit(" ", 3)[0] for line in said.splitlines()]
    assert paths == ["/every byte", "/sub/blanks", "/sub/empty", "/text"]
    for line in said.splitlines():
        path, md5, days, picoseconds = line.rsplit(" ", 3)
        sum_ = subprocess.run(
            ["md5sum", folder / path[1:]], capture_output=True, text=True, check=True, timeout=60
        ).stdout
        assert md5 == sum_.split()[0].removeprefix("\\")
        assert (days, picoseconds) == ("1", str(3600 * 10**12))


def test_it_is_the_same_whatever_the_dates(folder):
    first = crunch.module_source(folder, "Static1")
    for path in folder.rglob("*"):
        path.touch()
    assert crunch.module_source(folder, "Static1") == first
