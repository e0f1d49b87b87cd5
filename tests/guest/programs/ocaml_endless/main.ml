(* A recursion without an end is told with its line, and not by a thousand equal ones. *)

let rec endless n = 1 + endless (n + 1)
let start () = print_int (endless 0)
