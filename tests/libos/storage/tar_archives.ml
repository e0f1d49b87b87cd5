(* packages: tar-mirage memory-block virtual-network *)

(* Tar's own interface: archives written and read in memory, at each level. *)

open Case
module Kv = Tar_mirage.Make_KV_RO (Memory_block)
module Writer = Tar.Make (struct
    type in_channel = unit
    type out_channel = Buffer.t

    let input () _ _ _ = 0
    let really_input () _ _ _ = raise End_of_file
    let output t bytes at length = Buffer.add_subbytes t bytes at length
    let close_out _ = ()
  end)

let run = Memory_block.run

let members =
  [ ("short", "content"); ("empty", ""); ("folder/" ^ String.make 150 'n', String.make 1000 'x');
    (String.make 300 'l' ^ "/deep", "y") ]

let archive level =
  let buffer = Buffer.create 10_000 in
  let add (name, text) =
    let header = Tar.Header.make ~mod_time:86_401L ~uname:"somebody" name (Int64.of_int (String.length text)) in
    Writer.write_block ~level header (fun into -> Buffer.add_string into text) buffer
  in
  List.iter add members;
  Writer.write_end buffer;
  Buffer.contents buffer

let levels () =
  let one level =
    let text = archive level in
    check "whole blocks" (String.length text mod 512 = 0);
    let channel = Tar_cstruct.make_in_channel (Cstruct.of_string text) in
    let headers = Tar_cstruct.Archive.list channel in
    check "names" (List.map (fun (h : Tar.Header.t) -> h.file_name) headers = List.map fst members);
    let t = run (Kv.connect (Memory_block.of_content text)) in
    List.iter (fun (name, text) -> check name (run (Kv.get t (Mirage_kv.Key.v name)) = Ok text)) members;
    check "when" (run (Kv.last_modified t (Mirage_kv.Key.v "short")) = Ok (1, 1_000_000_000_000L))
  in
  List.iter one Tar.Header.[ OldGNU; GNU; V7; Ustar; Posix ]

let contents () =
  let channel = Tar_cstruct.make_in_channel (Cstruct.of_string (archive Tar.Header.GNU)) in
  let next () =
    Tar_cstruct.Archive.with_next_file channel (fun channel header ->
        let bytes = Cstruct.create (Int64.to_int header.file_size) in
        Tar_cstruct.really_read channel bytes;
        (header.file_name, Cstruct.to_string bytes))
  in
  List.iter (fun expected -> check (fst expected) (next () = expected)) members;
  match next () with
  | exception Tar.Header.End_of_stream -> ()
  | _ -> failwith "it goes on"

let numbers () =
  let block = Cstruct.create Tar.Header.length in
  let there size time =
    Tar.Header.marshal ~level:GNU block (Tar.Header.make ~mod_time:time "large" size);
    match Tar.Header.unmarshal block with
    | Some header -> check "as written" (header.file_size = size && header.mod_time = time)
    | None -> failwith "nothing"
  in
  there 0L 0L;
  there 0o77777777777L 5L;
  there 0o100000000000L (-1L);
  there (Int64.shift_left 1L 60) (Int64.neg 1_000_000_000L);
  check "zeros" (Tar.Header.unmarshal Tar.Header.zero_block = None);
  Cstruct.set_uint8 block 3 7;
  match Tar.Header.unmarshal block with
  | exception Tar.Header.Checksum_mismatch -> ()
  | _ -> failwith "a wrong sum was taken"

let store () =
  let t = run (Kv.connect (Memory_block.of_content ~sector_size:4096 (archive Tar.Header.Posix))) in
  let v = Mirage_kv.Key.v in
  check "list" (run (Kv.list t (v "folder")) = Ok [ (String.make 150 'n', `Value) ]);
  check "a dictionary" (run (Kv.get t (v "folder")) = Error (`Value_expected (v "folder")));
  check "missing" (run (Kv.get t (v "none")) = Error (`Not_found (v "none")));
  check "digest" (run (Kv.digest t (v "empty")) = Ok (Digest.string ""));
  let empty = run (Kv.connect (Memory_block.create 4096)) in
  check "an empty one" (run (Kv.list empty Mirage_kv.Key.empty) = Ok []);
  let device = Memory_block.of_content (archive Tar.Header.Posix) in
  Memory_block.fail_after device 0;
  match run (Kv.connect device) with
  | exception Failure _ -> ()
  | _ -> failwith "a device that fails"

let () =
  case "every level" levels;
  case "contents" contents;
  case "numbers" numbers;
  case "the store" store
