(* Exceptions that C raises, and ones of OCaml that pass through C which has called it. *)

exception Passing of int

let raised_in_c () =
  let count f = match f () with _ -> 0 | exception (Invalid_argument _ | Failure _) -> 1 in
  count (fun () -> compare (fun x -> x) (fun x -> x + 1))
  + count (fun () -> int_of_string (Sys.opaque_identity "no number"))
  + count (fun () -> Bytes.length (Bytes.create (-1)))

(* The collector calls the finaliser, and the finaliser leaves it. *)
let through_c n =
  Gc.finalise (fun _ -> raise (Passing n)) (ref n);
  match Gc.full_major () with () -> 0 | exception Passing m -> if m = n then 1 else 0

let rec sum f n = if n = 0 then 0 else f n + sum f (n - 1)

(* From OCaml to C to OCaml, over and over, and back in one leap. *)
let rec nested n =
  if n = 50 then raise (Passing n);
  Gc.finalise (fun _ -> nested (n + 1)) (ref n);
  Gc.full_major ()

let start () =
  Printf.printf "raised in C %d\n%!" (raised_in_c ());
  Printf.printf "through C %d\n%!" (sum through_c 1000);
  match nested 0 with
  | () -> print_endline "nobody raised"
  | exception Passing n -> Printf.printf "nested %d\n%!" n
