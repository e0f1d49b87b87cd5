(* packages: tar-mirage memory-block virtual-network *)

(* Damaged archives: connecting succeeds or fails with a sentence, every value can be asked for,
   and no request leads out of the device (Memory_block sees to that). *)

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

(* With the sum made right in most headers, as it would hide the rest. *)
let repaired bytes =
  for i = 0 to (Bytes.length bytes / block) - 1 do
    let c = Cstruct.of_bytes ~off:(i * block) ~len:block bytes in
    if Bytes.sub_string bytes ((i * block) + 257) 5 = "ustar" && Seeded_runs.chance 90 then begin
      Tar.Header.set_flag c (Tar.Header.flag c);
      Cstruct.blit_to_bytes c 0 bytes (i * block) block
    end
  done

let damaged () =
  let bytes = Bytes.of_string archive in
  let size = Bytes.length bytes in
  for _ = 0 to Seeded_runs.below 6 do
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

let rec walk t key =
  match run (Kv.list t key) with
  | Error _ -> failwith "a dictionary that has no list"
  | Ok entries ->
      List.iter
        (fun (name, kind) ->
           let key = Mirage_kv.Key.add key name in
           match kind with
           | `Dictionary -> walk t key
           | `Value -> (
               match run (Kv.get t key) with
               | Ok text ->
                   Seeded_runs.reach "a value";
                   if String.length text > String.length archive then failwith "more than there is"
               | Error (`Unsupported _) -> Seeded_runs.reach "what cannot be read"
               | Error _ -> failwith "a value that is none"))
        entries

let one () =
  let device = Memory_block.of_content ~sector_size:(Seeded_runs.pick [| 512; 512; 4096 |]) (damaged ()) in
  match run (Kv.connect device) with
  | exception Failure _ -> Seeded_runs.reach "no archive"
  | t ->
      Seeded_runs.reach "an archive";
      walk t Mirage_kv.Key.empty;
      ignore (run (Kv.digest t Mirage_kv.Key.empty));
      ignore (run (Kv.last_modified t (Mirage_kv.Key.v "dir")))

let () =
  Seeded_runs.all ~default:10_000 "damaged archives" one;
  Seeded_runs.reached [ "no archive"; "an archive"; "a value"; "what cannot be read" ]
