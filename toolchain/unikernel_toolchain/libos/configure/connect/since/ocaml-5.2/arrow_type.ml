open Outcometree

let unlabelled = function
  | Otyp_arrow (Nolabel, argument, result) -> Some (argument, result)
  | _ -> None
