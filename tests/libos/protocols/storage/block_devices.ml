(* packages: mirage-block mirage-block-combinators mirage-block-ramdisk virtual-network *)

(* Block devices in memory, and what is done with two of them. *)

open Lwt.Infix
open Case
module Combinators = Mirage_block_combinators
module Mem = Combinators.Mem
module Copy = Combinators.Copy (Ramdisk) (Ramdisk)
module Sparse_copy = Combinators.Sparse_copy (Ramdisk) (Ramdisk)
module Compare = Combinators.Compare (Ramdisk) (Ramdisk)
module Fold = Combinators.Fold (Ramdisk)
module Fast_fold = Combinators.Fast_fold (Ramdisk)
module Fill = Combinators.Fill (Ramdisk)
module Safe = Combinators.Make_safe (Ramdisk)

(* Nothing here waits for anything. *)
let now promise =
  match Lwt.state promise with
  | Lwt.Return value -> value
  | Lwt.Fail e -> raise e
  | Lwt.Sleep -> failwith "it waits"

let ok promise = match now promise with Ok value -> value | Error _ -> failwith "an error"

let serial = ref 0

let disk ?(sector_size = 512) size_sectors =
  incr serial;
  ok (Ramdisk.create ~name:(string_of_int !serial) ~size_sectors ~sector_size)

let sectors ?(size = 512) text = Cstruct.of_string (String.init size (fun i -> text.[i mod String.length text]))
let write disk sector text = ok (Ramdisk.write disk sector [ sectors text ])

let read disk sector count =
  let buffer = Cstruct.create (512 * count) in
  ok (Ramdisk.read disk sector [ buffer ]);
  buffer

let () =
  case "a device is zero, keeps what is written, and nothing beside it" @@ fun () ->
  let d = disk 100L in
  let a = sectors "a" and b = sectors "bc" in
  ok (Ramdisk.write d 30L [ a; Cstruct.empty; b; a ]);
  equal_bytes "read" (Cstruct.concat [ Cstruct.create 512; a; b; a; Cstruct.create 512 ]) (read d 29L 5)

let refused promise = Result.is_error (now promise)

let () =
  case "what lies outside, and parts of sectors, are refused" @@ fun () ->
  let d = disk 100L and one = Cstruct.create 512 in
  let places = [ 100L; -1L; Int64.max_int; Int64.min_int; 4_000_000_000_000_000_000L ] in
  List.iter (fun at -> check "read" (refused (Ramdisk.read d at [ one ]))) places;
  List.iter (fun at -> check "write" (refused (Ramdisk.write d at [ one ]))) places;
  check "across" (refused (Ramdisk.write d 99L [ one; one ]));
  check "a part" (refused (Ramdisk.read d 0L [ Cstruct.create 100 ]));
  check "all of nothing" (not (refused (Ramdisk.read d 100L [])))

let () =
  case "sizes that make no sense are refused" @@ fun () ->
  let create size_sectors sector_size = Ramdisk.create ~name:"wrong" ~size_sectors ~sector_size in
  List.iter
    (fun (sectors, size) -> check "refused" (refused (create sectors size)))
    [ (-1L, 512); (1L, 0); (1L, -512); (Int64.max_int, 512) ]

let () =
  case "names" @@ fun () ->
  let a = now (Ramdisk.connect ~name:"n") and b = now (Ramdisk.connect ~name:"n") in
  write a 1L "x";
  equal_bytes "one device" (sectors "x") (read b 1L 1);
  equal Int64.to_string "its size" 32768L (now (Ramdisk.get_info a)).size_sectors;
  now (Ramdisk.disconnect a);
  check "disconnected" (now (Ramdisk.read a 0L []) = Error `Disconnected);
  equal_bytes "the other is not" (sectors "x") (read b 1L 1);
  Ramdisk.destroy ~name:"n";
  equal_bytes "a new one" (Cstruct.create 512) (read (now (Ramdisk.connect ~name:"n")) 1L 1)

let () =
  case "what is cut off is zero when the device grows again" @@ fun () ->
  let d = disk 200L in
  List.iter (fun at -> write d (Int64.of_int at) "y") [ 9; 10; 31; 32; 33; 199 ];
  ok (Ramdisk.resize d 10L);
  check "smaller" (refused (Ramdisk.read d 10L [ Cstruct.create 512 ]));
  ok (Ramdisk.resize d 200L);
  equal_bytes "kept" (sectors "y") (read d 9L 1);
  equal_bytes "gone" (Cstruct.create (190 * 512)) (read d 10L 190)

let () =
  case "a copy is equal, whatever the sectors" @@ fun () ->
  let src = disk 1000L and dst = disk ~sector_size:2048 250L in
  ok (Fill.random src);
  check "not yet" (ok (Compare.v src dst) <> 0);
  ok (Copy.v ~src ~dst);
  equal string_of_int "equal" 0 (ok (Compare.v src dst));
  write src 999L "z";
  let order = ok (Compare.v src dst) in
  check "both ways" (order <> 0 && ok (Compare.v dst src) = -order);
  check "by size" (ok (Compare.v (disk 1L) (disk 2L)) < 0);
  check "sizes" (match now (Copy.v ~src ~dst:(disk 999L)) with Error `Different_sizes -> true | _ -> false)

let () =
  case "a sparse copy leaves the rest alone" @@ fun () ->
  let src = disk 1000L and dst = disk 1000L in
  write src 100L "s";
  write src 999L "e";
  write dst 500L "d";
  write dst 101L "g";
  ok (Sparse_copy.v ~src ~dst);
  equal_bytes "copied" (sectors "s") (read dst 100L 1);
  equal_bytes "the last" (sectors "e") (read dst 999L 1);
  equal_bytes "mapped with it" (Cstruct.create 512) (read dst 101L 1);
  equal_bytes "left" (sectors "d") (read dst 500L 1)

let () =
  case "folds see each sector once, in order" @@ fun () ->
  let d = disk 1000L in
  let next (next, bytes) sector buffer =
    equal Int64.to_string "in order" next sector;
    let length = Cstruct.length buffer in
    Lwt.return (Int64.add sector (Int64.of_int (length / 512)), bytes + length)
  in
  equal string_of_int "all" 512_000 (snd (ok (Fold.s ~f:next (0L, 0) d)));
  write d 40L "m";
  write d 990L "m";
  let mapped = ok (Fast_fold.mapped_s ~f:(fun n _ b -> Lwt.return (n + Cstruct.length b)) 0 d) in
  let unmapped =
    ok (Fast_fold.unmapped_s ~f:(fun n _ count -> Lwt.return (n + (512 * Int64.to_int count))) 0 d)
  in
  equal string_of_int "together" 512_000 (mapped + unmapped);
  check "some of each" (mapped >= 1024 && unmapped > 0)

(* Never moves on: says at each sector that what is looked for begins right there. *)
module Stuck = struct
  include Ramdisk

  let seek_mapped _ sector = Lwt.return_ok sector
  let seek_unmapped _ sector = Lwt.return_ok sector
end

let () =
  case "a device whose answers lead nowhere is gone over to its end" @@ fun () ->
  let module Fold = Combinators.Fast_fold (Stuck) in
  let count = ok (Fold.mapped_s ~f:(fun n _ _ -> Lwt.return (n + 1)) 0 (disk 300L)) in
  check "ends" (count > 0)

(* Read-only, and takes whatever it is given. *)
module Trusting = struct
  include Ramdisk

  let get_info t = Ramdisk.get_info t >|= fun info -> { info with read_write = false }
  let read _ _ _ = Lwt.return_ok ()
  let write _ _ _ = Lwt.return_ok ()
end

let () =
  case "a safe device says what is wrong" @@ fun () ->
  let unsafe = function Error (`Unsafe _) -> true | _ -> false in
  let d = disk 10L and one = Cstruct.create 512 in
  check "outside" (unsafe (now (Safe.read d 10L [ one ])));
  check "a part" (unsafe (now (Safe.write d 0L [ Cstruct.create 5 ])));
  check "right" (now (Safe.write d 9L [ one ]) = Ok ());
  let module Safe = Combinators.Make_safe (Trusting) in
  check "read-only" (match now (Safe.write d 0L [ one ]) with Error `Is_read_only -> true | _ -> false);
  check "unsafe" (now (Safe.unsafe_write d 99L [ one ]) = Ok ())

let () =
  case "memory by a name" @@ fun () ->
  let a = now (Mem.connect "m") and b = now (Mem.connect "m") in
  check "written" (now (Mem.write a 3L [ sectors "q" ]) = Ok ());
  let buffer = Cstruct.create 512 in
  check "read" (now (Mem.read b 3L [ buffer ]) = Ok ());
  equal_bytes "the same" (sectors "q") buffer
