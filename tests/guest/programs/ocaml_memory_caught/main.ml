(* Out_of_memory that is caught stays caught, however often, and young values live on. *)

let huge () = try ignore (Sys.opaque_identity (Bytes.create 1_000_000_000)); 0
  with Out_of_memory -> 1

let rec times n count = if n = 0 then 0 else let one = count () in one + times (n - 1) count

(* Fills memory with large values, each with many small ones that are still young. *)
let fill () =
  let rec grow kept n =
    match (Bytes.create 20_000, List.init 20 string_of_int) with
    | large -> grow (large :: kept) (n + 1)
    | exception Out_of_memory -> (n, List.length kept)
  in
  let n, kept = grow [] 0 in
  assert (n = kept);
  n

let caught () = match fill () with (_ : int) -> 1

let start () =
  Printf.printf "huge %d\n%!" (times 1000 huge);
  let first = fill () in
  Printf.printf "filled %d\n%!" first;
  Printf.printf "caught %d\n%!" (times 1000 caught);
  Gc.full_major ();
  Printf.printf "again: %s\n%!" (if fill () > first / 2 then "yes" else "no")
