(* packages: tar-mirage memory-block virtual-network *)

(* Damaged archives: connecting succeeds or fails with a sentence, every value can be asked for,
   no request leads out of the device (Memory_block sees to that), and there are no more of them
   than an archive has blocks. Read from a channel, they end in the exceptions of the interface. *)

module Kv = Tar_mirage.Make_KV_RO (Memory_block)

let run = Memory_block.run
let block = Tar.Header.length

let member ?(link = "") flag name text =
  let c = Cstruct.create block in
  let link_indicator = Tar.Header.Link.of_flag flag in
  Tar.Header.marshal ~level:GNU c
    (Tar.Header.make ~link_indicator ~link_name:link name (Int64.of_int (String.length text)));
  Tar.Header.set_flag c flag;
  Cstruct.to_string c ^ text ^ String.make (-String.length text land 511) '\000'

let archive =
  String.concat ""
    [ member 'g' "global" "15 comment=abc\n"; member '5' "dir/" ""; member '0' "dir/a" "content of a";
      member 'x' "pax" "19 path=dir/longer\n16 size=0000003\n"; member '0' "short" "abc";
      member 'L' "././@LongLink" (String.make 150 'l' ^ "\000"); member '0' "cut" (String.make 700 'x');
      member '1' ~link:"dir/a" "hard" ""; member '2' ~link:"../dir/a" "dir/soft" ""; member '2' ~link:"ring" "ring" "";
      member 'S' "sparse" "abc"; member '0' "dir" "a file where a folder was"; String.make 1024 '\000' ]

(* Records whose length is right, most of them, of keywords and values that mean something. *)
let record () =
  let keywords =
    [| "path"; "path"; "linkpath"; "size"; "size"; "mtime"; "uname"; "uid"; "comment"; "GNU.sparse.name"; "GNU.sparse.major"; "other" |]
  in
  let values = [| ""; "0"; "3"; "1024"; "-1"; "99999999999999999999"; "-1.5"; "dir/a"; "../x"; "ring"; String.make 300 'p'; "1=2 3"; "\000" |] in
  let rest = " " ^ Seeded_runs.pick keywords ^ "=" ^ Seeded_runs.pick values ^ "\n" in
  let rec length guess =
    let all = String.length (string_of_int guess) + String.length rest in
    if all = guess then all else length all
  in
  string_of_int (length (String.length rest) + if Seeded_runs.chance 5 then Seeded_runs.below 5 - 2 else 0) ^ rest

let some_member () =
  let names = [| "a"; "dir/b"; "dir/"; "dir"; "./c"; "/d"; "ring"; "" |] in
  let name = Seeded_runs.pick names in
  let text () = String.make (Seeded_runs.pick [| 0; 1; 3; 512; 513 |]) 't' in
  match Seeded_runs.below 10 with
  | 0 | 1 -> member 'g' "global" (String.concat "" (List.init (Seeded_runs.below 4) (fun _ -> record ())))
  | 2 | 3 -> member 'x' "pax" (String.concat "" (List.init (Seeded_runs.below 4) (fun _ -> record ())))
  | 4 -> member (Seeded_runs.pick [| 'L'; 'K' |]) "long" (Seeded_runs.pick [| "dir/a"; ""; String.make 500 'k' ^ "\000" |])
  | 5 -> member (Seeded_runs.pick [| '1'; '2' |]) ~link:(Seeded_runs.pick names) name ""
  | 6 -> member (Seeded_runs.pick [| '3'; '5'; '7'; 'D'; 'M'; 'N'; 'S'; 'V'; 'Z' |]) name (text ())
  | _ -> member '0' name (text ())

let some_archive () =
  if Seeded_runs.chance 30 then archive
  else String.concat "" (List.init (1 + Seeded_runs.below 8) (fun _ -> some_member ())) ^ String.make 1024 '\000'

(* With the sum made right in most headers, as it would hide the rest. *)
let repaired bytes =
  for i = 0 to (Bytes.length bytes / block) - 1 do
    let c = Cstruct.of_bytes ~off:(i * block) ~len:block bytes in
    if Bytes.sub_string bytes ((i * block) + 257) 5 = "ustar" && Seeded_runs.chance 90 then begin
      Tar.Header.set_flag c (Tar.Header.flag c);
      Cstruct.blit_to_bytes c 0 bytes (i * block) block
    end
  done

let damaged archive =
  let bytes = Bytes.of_string archive in
  let size = Bytes.length bytes in
  for _ = 1 to Seeded_runs.below 7 do
    let header = Seeded_runs.below (size / block) * block in
    match Seeded_runs.below 5 with
    | 0 -> Bytes.set bytes (Seeded_runs.below size) (Char.chr (Seeded_runs.below 256))
    | 1 -> Bytes.set bytes (header + 156) (Seeded_runs.pick [| '0'; '1'; '2'; '5'; 'x'; 'g'; 'L'; 'K'; 'S'; 'M'; '\000' |])
    | 2 ->
        let sizes = [| "00000000000"; "77777777777"; "\x80\000\000\000\x7f"; "\xff\xff\xff\xff\xff"; "00000001000"; "0000000 12 " |] in
        let text = Seeded_runs.pick sizes in
        Bytes.blit_string text 0 bytes (header + 124) (String.length text)
    | 3 ->
        let names = [| "dir"; "dir/a/b"; "../.."; "/"; "."; ""; "ring"; "hard"; "//dir//x" |] in
        let text = Seeded_runs.pick names ^ "\000" in
        Bytes.blit_string text 0 bytes (header + Seeded_runs.pick [| 0; 157 |]) (String.length text)
    | _ ->
        let from = Seeded_runs.below (size / block) * block in
        Bytes.blit bytes from bytes header block
  done;
  repaired bytes;
  Bytes.sub_string bytes 0 (if Seeded_runs.chance 10 then Seeded_runs.below size else size)

let rec walk t ~most key =
  match run (Kv.list t key) with
  | Error _ -> failwith "a dictionary that has no list"
  | Ok entries ->
      List.iter
        (fun (name, kind) ->
           let key = Mirage_kv.Key.add key name in
           match kind with
           | `Dictionary -> walk t ~most key
           | `Value -> (
               match run (Kv.get t key) with
               | Ok text ->
                   Seeded_runs.reach "a value";
                   if String.length text > most then failwith "more than there is"
               | Error (`Unsupported _) -> Seeded_runs.reach "what cannot be read"
               | Error _ -> failwith "a value that is none"))
        entries

let channel text =
  let channel = Tar_cstruct.make_in_channel (Cstruct.of_string text) in
  match Tar_cstruct.Archive.list channel with
  | exception (Tar.Header.Checksum_mismatch | Failure _ | End_of_file) -> Seeded_runs.reach "no list"
  | headers ->
      Seeded_runs.reach "a list";
      if List.length headers > String.length text / block then failwith "more members than blocks"

let one () =
  let text = damaged (some_archive ()) in
  let device = Memory_block.of_content ~sector_size:(Seeded_runs.pick [| 512; 512; 4096 |]) text in
  channel text;
  let t =
    match run (Kv.connect device) with
    | exception Failure _ -> None
    | t -> Some t
  in
  if Memory_block.requests device > (String.length text / block) + 1 then failwith "more requests than blocks";
  match t with
  | None -> Seeded_runs.reach "no archive"
  | Some t ->
      Seeded_runs.reach "an archive";
      walk t ~most:(String.length text + 4096) Mirage_kv.Key.empty;
      ignore (run (Kv.digest t Mirage_kv.Key.empty));
      ignore (run (Kv.last_modified t (Mirage_kv.Key.v "dir")))

let () =
  Seeded_runs.all ~default:10_000 "damaged archives" one;
  Seeded_runs.reached [ "no archive"; "an archive"; "a value"; "what cannot be read"; "a list"; "no list" ]
