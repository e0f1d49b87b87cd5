(* Key-value stores without a device: files that are compiled in, and memory. *)

open Lwt.Infix
module Mem = Mirage_kv_mem.Make (Pclock)

let check what holds = print_endline ((if holds then "ok: " else "WRONG: ") ^ what)
let key = Mirage_kv.Key.v
let crunched = Mirage_kv_crunch.v ~last_modified:(0, 0L) [ ("a/b", "text"); ("c", "") ]

let copy_to mem =
  Mirage_kv_crunch.get crunched (key "a/b") >>= function
  | Error _ -> Lwt.fail_with "it is not there"
  | Ok text ->
      check "compiled in" (text = "text");
      Mem.batch mem (fun inside -> Mem.set inside (key "copy/of/b") text) >|= fun answer ->
      check "set in a batch" (answer = Ok ())

let dated_today mem =
  Mem.last_modified mem (key "copy") >|= fun modified ->
  check "dated today" (Result.map fst modified = Ok (fst (Pclock.now_d_ps ())))

let start () =
  Mirage_kv_crunch.list crunched (key "a") >>= fun entries ->
  check "listed" (entries = Ok [ ("b", `Value) ]);
  Mem.connect () >>= fun mem ->
  copy_to mem >>= fun () ->
  Mem.get mem (key "copy/of/b") >>= fun copied ->
  check "there" (copied = Ok "text");
  dated_today mem >|= fun () -> print_endline "done"
