(* packages: tar-mirage memory-block *)

(* What is in an archive: tar_tool ARCHIVE SECTOR_BYTES, a line a value. *)

module Kv = Tar_mirage.Make_KV_RO (Memory_block)

let run = Memory_block.run
let read_ok answer = Result.fold ~ok:Fun.id ~error:(fun e -> failwith (Format.asprintf "%a" Kv.pp_error e)) answer

let contents path =
  let channel = open_in_bin path in
  really_input_string channel (in_channel_length channel)

let rec tree t key =
  let one (name, kind) =
    let key = Mirage_kv.Key.add key name in
    let shown = Mirage_kv.Key.to_string key in
    match kind with
    | `Dictionary ->
        print_endline (shown ^ "/");
        tree t key
    | `Value -> (
        match run (Kv.get t key) with
        | Ok content -> print_endline (shown ^ " " ^ Digest.to_hex (Digest.string content))
        | Error e -> print_endline (Format.asprintf "%a" Kv.pp_error e))
  in
  List.iter one (read_ok (run (Kv.list t key)))

let () =
  match Sys.argv with
  | [| _; archive; sector_size |] -> (
      let device = Memory_block.of_content ~sector_size:(int_of_string sector_size) (contents archive) in
      match run (Kv.connect device) with
      | t -> tree t Mirage_kv.Key.empty
      | exception Failure what -> print_endline what)
  | _ -> failwith "tar_tool ARCHIVE SECTOR_BYTES"
