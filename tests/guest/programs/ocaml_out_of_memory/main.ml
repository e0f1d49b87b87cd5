(* Memory runs out while the collector copies small values: as on any system, OCaml's
   runtime gives up then. (Large values raise Out_of_memory: see ocaml_pitfalls.) *)

let rec grow numbers n = grow (n :: numbers) (n + 1)
let start () = grow [] 0
