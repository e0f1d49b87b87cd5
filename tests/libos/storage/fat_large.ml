(* packages: fat-filesystem fat-simulation memory-block virtual-network *)

(* Large directories, deep ones, full ones. *)

open Case
open Fat_use

let several_thousand ~sector_size () =
  let size = 20 * mib in
  let device = Memory_block.create ~sector_size size in
  let fs = formatted device size in
  let name i = Printf.sprintf "many/%s, number %d" (String.make (i mod 200) 'n') i in
  let each first last step f =
    let rec from i = if i <= last then begin ok (name i) (f (name i)); from (i + step) end in
    from first
  in
  let before = Memory_block.requests device in
  each 1 3000 1 (fun name -> run (Fs.create fs name));
  check "a few requests each" (Memory_block.requests device - before < 4 * 3000);
  each 1 3000 2 (fun name -> run (Fs.destroy fs name));
  each 2 3000 2 (fun name -> write fs (String.uppercase_ascii name) 0 name);
  each 3001 4500 1 (fun name -> run (Fs.create fs name));
  check "all of them" (List.length (listed fs "many") = 3000);
  let again = run (Fs.connect (Memory_block.copy device)) in
  check "the same" (listed again "many" = listed fs "many");
  each 2 3000 2 (fun name -> if content again name = name then Ok () else Error `No_directory_entry)

let deep () =
  let fs = formatted (Memory_block.create (4 * mib)) (4 * mib) in
  let path n = String.concat "/" (List.init n (fun i -> Printf.sprintf "folder %d" i)) in
  ok "a hundred" (write fs (path 100) 0 "deep");
  for n = 1 to 99 do
    ok "beside" (write fs (path n ^ "/file") 0 (string_of_int n))
  done;
  for n = 1 to 99 do
    equal Fun.id "read" (string_of_int n) (content fs (path n ^ "/FILE"))
  done;
  equal Fun.id "read" "deep" (content fs (path 100))

(* A full root directory takes no more, and what failed has taken nothing. *)
let full_root () =
  let fs = formatted (Memory_block.create (2 * mib)) (2 * mib) in
  for i = 1 to 512 do
    ok "one more" (run (Fs.create fs (Printf.sprintf "F%d" i)))
  done;
  for _ = 1 to 1000 do
    check "a folder" (run (Fs.mkdir fs "FOLDER") = Error `No_space);
    check "a file" (run (Fs.create fs "FILE") = Error `No_space)
  done;
  ok "there is room" (write fs "F1" 0 (String.make (19 * mib / 10) 'x'))

(* With a hole here and there in a volume that is full. *)
let nearly_full () =
  let size = 8 * mib in
  let fs = formatted (Memory_block.create size) size in
  let rec fill i = if write fs (Printf.sprintf "d/%d" i) 0 "x" = Ok () then fill (i + 1) else i in
  let many = fill 0 in
  let holes = List.filter (fun i -> i mod 97 = 0) (List.init many Fun.id) in
  List.iter (fun i -> ok "removed" (run (Fs.destroy fs (Printf.sprintf "d/%d" i)))) holes;
  let room = 4096 * List.length holes in
  let text = String.init room (fun i -> Char.chr (i * 11 land 0xff)) in
  for _ = 1 to 20 do
    ok "in all holes" (write fs "d/0" 0 text);
    check "and no more" (write fs "d/1" 4096 "x" = Error `No_space);
    check "as written" (content fs "d/0" = text);
    ok "removed" (run (Fs.destroy fs "d/0"))
  done

let () =
  List.iter
    (fun sector_size ->
       case (Printf.sprintf "thousands of files, sectors of %d" sector_size) (several_thousand ~sector_size))
    [ 512; 4096 ];
  case "a hundred folders deep" deep;
  case "a full root directory" full_root;
  case "a nearly full volume" nearly_full
