(* packages: fat-filesystem fat-simulation memory-block virtual-network *)

(* FAT of each width, on sectors of two sizes, as programs use it. *)

open Case
open Fat_use
module Kv = Mirage_fs.To_KV_RO (Fs)

let files fs =
  ok "create" (run (Fs.create fs "/a/b/empty"));
  equal Fun.id "empty" "" (content fs "a/b/empty");
  check "there already" (run (Fs.create fs "a/b/EMPTY") = Error `File_already_exists);
  ok "write" (write fs "a/text" 0 "hello");
  equal Fun.id "read" "hello" (content fs "/A/Text");
  ok "in the middle" (write fs "a/text" 1 "ipp");
  ok "behind the end" (write fs "a/text" 8 "!");
  equal Fun.id "with zeros between" "hippo\000\000\000!" (content fs "a/text");
  let long = String.init 300_000 (fun i -> Char.chr (i * 7 land 0xff)) in
  ok "many clusters" (write fs "long" 0 long);
  check "as written" (content fs "long" = long);
  ok "behind many" (write fs "long" 500_000 "x");
  check "zeros" (content fs "long" = long ^ String.make 200_000 '\000' ^ "x");
  let part = read_ok "read" (run (Fs.read fs "long" 299_998 4)) in
  equal String.escaped "over the end" (String.sub long 299_998 2 ^ "\000\000") (Cstruct.copyv part);
  check "behind the end" (run (Fs.read fs "long" 500_001 9) = Ok []);
  check "short" (Cstruct.lenv (read_ok "read" (run (Fs.read fs "long" 500_000 9))) = 1)

let directories fs =
  ok "mkdir" (run (Fs.mkdir fs "d/e/f"));
  ok "again" (run (Fs.mkdir fs "D/E"));
  check "a file in the way" (run (Fs.mkdir fs "long") = Error `File_already_exists);
  check "and on the way" (run (Fs.mkdir fs "long/x") = Error `Not_a_directory);
  check "listdir" (listed fs "d" = [ "e" ]);
  check "of a file" (run (Fs.listdir fs "long") = Error `Not_a_directory);
  check "of nothing" (run (Fs.listdir fs "zz") = Error `No_directory_entry);
  check "read" (run (Fs.read fs "d" 0 1) = Error `Is_a_directory);
  check "write" (write fs "d" 0 "x" = Error `Is_a_directory);
  check "not empty" (run (Fs.destroy fs "d") = Error `Directory_not_empty);
  List.iter (fun path -> ok "destroy" (run (Fs.destroy fs path))) [ "d/e/f"; "d/e"; "d" ];
  check "gone" (run (Fs.destroy fs "d") = Error `No_directory_entry);
  let stat = read_ok "stat" (run (Fs.stat fs "LONG")) in
  check "stat" ((not stat.directory) && stat.size = 500_001L && stat.filename = "long");
  check "the root" (read_ok "stat" (run (Fs.stat fs "/"))).directory

let names fs =
  let all =
    [ "UPPER.TXT"; "lower.txt"; "Mixed Case.text"; ".dots"; "ünï ☃ 𝄞"; "a+b=c,[d].x"; String.make 255 'n';
      "no extension"; "many.dots.in.it"; "СВЕТ"; "tab~1.txt" ]
  in
  List.iter (fun name -> ok name (write fs ("names/" ^ name) 0 name)) all;
  check "listed" (listed fs "names" = List.sort compare all);
  List.iter (fun name -> equal Fun.id "content" name (content fs ("names/" ^ name))) all;
  equal Fun.id "without regard to case" "СВЕТ" (content fs "names/свет");
  equal Fun.id "by the alias" "Mixed Case.text" (content fs "names/MIXEDC~1.TEX");
  let refused name =
    match run (Fs.create fs name) with
    | Error (`Exn (Invalid_argument _)) -> ()
    | _ -> failwith (name ^ " was taken")
  in
  List.iter refused [ "a:b"; "."; ".. "; "\xff"; String.make 256 'x'; "a\nb" ];
  for i = 1 to 300 do
    ok "many alike" (run (Fs.create fs (Printf.sprintf "many/a long name, number %d" i)))
  done;
  check "all there" (List.length (listed fs "many") = 300);
  for i = 1 to 300 do
    if i mod 3 > 0 then ok "removed" (run (Fs.destroy fs (Printf.sprintf "many/A LONG NAME, number %d" i)))
  done;
  for i = 301 to 400 do
    ok "in their room" (run (Fs.create fs (Printf.sprintf "many/a long name, number %d" i)))
  done;
  check "the others" (List.length (listed fs "many") = 200)

let store fs =
  let v = Mirage_kv.Key.v in
  check "get" (run (Kv.get fs (v "a/text")) = Ok "hippo\000\000\000!");
  check "no such" (run (Kv.get fs (v "a/none")) = Error (`Not_found (v "a/none")));
  check "below a file" (run (Kv.exists fs (v "a/text/x")) = Ok None);
  check "a directory" (run (Kv.get fs (v "a")) = Error (`Value_expected (v "a")));
  check "list" (run (Kv.list fs (v "a")) = Ok [ ("b", `Dictionary); ("text", `Value) ]);
  check "list of a file" (run (Kv.list fs (v "a/text")) = Error (`Dictionary_expected (v "a/text")));
  check "digest" (run (Kv.digest fs (v "a/text")) = Ok (Digest.string "hippo\000\000\000!"));
  check "digest of all" (Result.is_ok (run (Kv.digest fs Mirage_kv.Key.empty)))

(* What was given back is there again: the file system is filled twice. *)
let full device size =
  let fs = formatted device size in
  let chunk = String.make 40_000 'x' in
  let rec fill i =
    match write fs (Printf.sprintf "fill/%d" i) 0 chunk with
    | Ok () -> fill (i + 1)
    | Error `No_space -> i
    | Error e -> failwith (Format.asprintf "%a" Fs.pp_write_error e)
  in
  let first = fill 0 in
  check "many" (first * 40_960 > size * 8 / 10);
  for i = 0 to first - 1 do
    equal Fun.id "still" chunk (content fs (Printf.sprintf "fill/%d" i))
  done;
  List.iter (fun name -> ok "destroy" (run (Fs.destroy fs ("fill/" ^ name)))) (listed fs "fill");
  equal string_of_int "as many again" first (fill 0)

let again device fs =
  let other = run (Fs.connect device) in
  check "a file" (content other "a/text" = content fs "a/text");
  check "names" (listed other "names" = listed fs "names");
  ok "and it goes on" (write other "a/text" 0 "H");
  let read_only = Memory_block.of_content ~read_write:false (Memory_block.content device) in
  match write (run (Fs.connect read_only)) "a/text" 0 "x" with
  | Error (`Block_write `Is_read_only) -> ()
  | _ -> failwith "a read-only device was written"

let on name ~sector_size size =
  case (Printf.sprintf "%s, sectors of %d" name sector_size) (fun () ->
      let device = Memory_block.create ~sector_size size in
      let fs = formatted device size in
      List.iter (fun part -> part fs) [ files; directories; names; store; again device ]);
  if size <= 20 * mib then
    case (Printf.sprintf "%s, sectors of %d, full" name sector_size) (fun () ->
        full (Memory_block.create ~sector_size size) size)

let nothing () =
  List.iter
    (fun size ->
       match run (Fs.connect (Memory_block.create size)) with
       | exception Failure _ -> ()
       | _ -> failwith "there is no file system")
    [ 0; 512; mib ];
  check "more than there is" (run (Fs.format (Memory_block.create mib) 2_000_000L) |> Result.is_error);
  check "too little" (run (Fs.format (Memory_block.create mib) 8192L) |> Result.is_error)

(* A device that fails leaves the operation undone, and the next one is right. *)
let failures () =
  let device = Memory_block.create (4 * mib) in
  let fs = formatted device (4 * mib) in
  ok "write" (write fs "kept" 0 (String.make 10_000 'k'));
  for n = 0 to 30 do
    Memory_block.fail_after device n;
    let answer = write fs (Printf.sprintf "f%d" n) 0 (String.make 50_000 'f') in
    Memory_block.fail_after device max_int;
    if answer = Ok () then equal Fun.id "all of it" (String.make 50_000 'f') (content fs (Printf.sprintf "f%d" n));
    equal Fun.id "what was there" (String.make 10_000 'k') (content fs "kept")
  done

let () =
  List.iter
    (fun sector_size ->
       on "FAT12" ~sector_size (2 * mib);
       on "FAT12 of the largest" ~sector_size (16 * mib);
       on "FAT16" ~sector_size (20 * mib);
       on "FAT32" ~sector_size (513 * mib))
    [ 512; 4096 ];
  case "no file system" nothing;
  case "a device that fails" failures
