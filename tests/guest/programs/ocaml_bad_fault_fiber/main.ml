(* The same on a fiber: the report goes on with who called the fiber, and with the C beneath. *)

let[@inline never] poke (address : int) = (Obj.magic address : int ref) := 3

let[@inline never] rec level n =
  if n = 0 then poke (0x1000_0000_0000 / 2) else level (n - 1);
  print_string ""

let start () =
  Effect.Deep.match_with level 1 { retc = ignore; exnc = raise; effc = (fun _ -> None) };
  print_string ""
