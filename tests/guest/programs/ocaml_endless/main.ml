(* A recursion without an end is told, and not by a thousand equal lines. *)

let rec endless n = 1 + endless (n + 1)
let start () = print_int (endless 0)
