"""An application of MirageOS in a folder, as commands find it."""

import pytest

CONFIG = """\
open Mirage

let greeting =
  Key.(create "greeting" Arg.(opt string "Hello" (info ~doc:"How to greet." [ "greeting" ])))

let main = foreign ~keys:[ Key.abstract greeting ] "Unikernel.Main" (block @-> job)
let () = register "greeter" [ main $ block_of_file "disk.img" ]
"""
UNIKERNEL = """\
open Lwt.Infix

module Main (Disk : Mirage_block.S) = struct
  let start disk =
    let sector = Cstruct.create 512 in
    Disk.get_info disk >>= fun { Mirage_block.sector_size; _ } ->
    assert (sector_size = 512);
    Disk.read disk 0L [ sector ] >>= fun _ ->
    print_endline (Key_gen.greeting () ^ " " ^ Cstruct.to_string ~len:5 sector);
    Util.write_mark sector;
    Disk.write disk 0L [ sector ] >>= fun _ -> Lwt.return_unit
end
"""
UTIL = "let write_mark sector = Cstruct.blit_from_string (Helper.mark ()) 0 sector 0 5\n"
HELPER = 'external mark : unit -> string = "greeter_mark"\n'
STUBS = """\
#include <caml/alloc.h>
#include "mark.h"
value greeter_mark(value unit) { (void)unit; return caml_copy_string(MARK); }
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with several sources, one below it, C beside OCaml, a test, and a disk."""
    for name, text in {
        "config.ml": CONFIG,
        "unikernel.ml": UNIKERNEL,
        "util.ml": UTIL,
        "lib/helper.ml": HELPER,
        "stubs/greeter.c": STUBS,
        "stubs/mark.h": '#define MARK "after"\n',
        "test_it.ml": "let () = Unix.sleep 1000\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "disk.img").write_bytes(b"first" + bytes(4096 - 5))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MODE", raising=False)
    return tmp_path
