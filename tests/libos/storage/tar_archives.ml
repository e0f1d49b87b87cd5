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

(* What a header says of its size is what follows: a volume's label has nothing behind it whatever
   it says, and a hard link of pax may have the file's data. *)
let sizes () =
  let block flag size =
    let block = Cstruct.create 512 in
    Tar.Header.marshal ~level:GNU block (Tar.Header.make ~link_name:"first" (String.make 1 flag) size);
    Tar.Header.set_flag block flag;
    Cstruct.to_string block
  in
  let data = String.make 512 'd' in
  let text =
    String.concat ""
      [ block '0' 3L; data; block 'V' (-5L); block '3' Int64.max_int; block '5' 9L; block 'x' 10L;
        "10 gid=12\n" ^ String.make 502 '\000'; block '1' 3L; data; block '0' 3L; data; String.make 1024 '\000' ]
  in
  let headers = Tar_cstruct.Archive.list (Tar_cstruct.make_in_channel (Cstruct.of_string text)) in
  let seen = List.map (fun (h : Tar.Header.t) -> (h.file_name, h.file_size)) headers in
  check "sizes" (seen = [ ("0", 3L); ("V", 0L); ("3", 0L); ("5", 0L); ("1", 3L); ("0", 3L) ])

(* ---- Global headers *)

let extension flag records =
  let text = String.concat "" (List.map (fun (n, record) -> Printf.sprintf "%d %s\n" n record) records) in
  let block = Cstruct.create 512 in
  Tar.Header.marshal ~level:Posix block (Tar.Header.make "pax" (Int64.of_int (String.length text)));
  Tar.Header.set_flag block flag;
  Cstruct.to_string block ^ text ^ String.make (-String.length text land 511) '\000'

let file ?(uname = "block") name =
  let buffer = Buffer.create 1024 in
  let header = Tar.Header.make ~mod_time:5L ~uname ~gname:"block" name 3L in
  Writer.write_block ~level:Posix header (fun into -> Buffer.add_string into "abc") buffer;
  Buffer.contents buffer

let ends = String.make 1024 '\000'

let with_globals =
  String.concat ""
    [ file "before"; extension 'g' [ (15, "uname=first"); (12, "mtime=77"); (13, "comment=c") ]; file "one"; file "two";
      extension 'x' [ (13, "uname=own") ]; file "three"; extension 'x' [ (9, "uname="); (9, "mtime=") ]; file "four"; file "five";
      extension 'x' [ (13, "gname=kin") ]; extension 'g' [ (16, "uname=second"); (9, "mtime=") ]; file "six"; file "seven"; ends ]

let expected =
  [ ("before", "block", "block", 5L); ("one", "first", "block", 77L); ("two", "first", "block", 77L); ("three", "own", "block", 77L);
    ("four", "", "block", 5L); ("five", "first", "block", 77L); ("six", "second", "kin", 5L); ("seven", "second", "block", 5L) ]

let seen (h : Tar.Header.t) = (h.file_name, h.uname, h.gname, h.mod_time)

let globals () =
  let channel () = Tar_cstruct.make_in_channel (Cstruct.of_string with_globals) in
  check "listed" (List.map seen (Tar_cstruct.Archive.list (channel ())) = expected);
  let next channel = Tar_cstruct.Archive.with_next_file channel (fun channel h ->
      Tar_cstruct.really_read channel (Cstruct.create 3);
      seen h)
  in
  let a = channel () and b = channel () in
  check "a" (next a = List.hd expected && next a = List.nth expected 1);
  List.iter (fun it -> check "b, beside it" (next b = it)) expected;
  List.iteri (fun i it -> if i > 1 then check "a goes on" (next a = it)) expected

(* A channel may be a number, as a descriptor is: what was said ends with the archive, or where it
   is damaged. *)
let numbered () =
  let texts = [| ""; "" |] and places = [| 0; 0 |] in
  let module Reader =
    Tar.HeaderReader (struct
      type 'a t = 'a

      let ( >>= ) a f = f a
      let return a = a
    end) (struct
      type in_channel = int
      type 'a t = 'a

      let skip i n = places.(i) <- places.(i) + n

      let really_read i into =
        let many = Cstruct.length into in
        if places.(i) + many > String.length texts.(i) then raise End_of_file;
        Cstruct.blit_from_string texts.(i) places.(i) into 0 many;
        skip i many
    end)
  in
  let start i text =
    texts.(i) <- text;
    places.(i) <- 0
  in
  let next i =
    match Reader.read i with
    | Ok header ->
        places.(i) <- places.(i) + 512;
        Some (seen header)
    | Error `Eof -> None
  in
  let all i = List.iter (fun it -> check "numbered" (next i = Some it)) expected in
  start 0 with_globals;
  start 1 (file "plain" ^ file "plain" ^ ends);
  check "first" (next 0 = Some (List.hd expected) && next 0 = Some (List.nth expected 1));
  let plain = Some ("plain", "block", "block", 5L) in
  check "another" (next 1 = plain && next 1 = plain && next 1 = None);
  start 0 with_globals;
  Gc.compact ();
  check "again, before" (next 0 = Some ("before", "first", "block", 77L));
  start 0 ends;
  check "its end" (next 0 = None);
  start 0 with_globals;
  all 0;
  (match Reader.read (start 0 "cut"; 0) with
   | exception End_of_file -> ()
   | _ -> failwith "it is cut off");
  start 0 with_globals;
  all 0

let () =
  case "every level" levels;
  case "sizes" sizes;
  case "global headers" globals;
  case "channels that are numbers" numbered;
  case "contents" contents;
  case "numbers" numbers;
  case "the store" store
