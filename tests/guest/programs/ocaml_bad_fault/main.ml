(* A broken program, without a bug in C: the report names the OCaml functions. *)

let[@inline never] poke (address : int) = (Obj.magic address : int ref) := 3

let[@inline never] rec level n =
  if n = 0 then poke (0x1000_0000_0000 / 2) else level (n - 1);
  print_string ""

let start () =
  level 1;
  print_string ""
