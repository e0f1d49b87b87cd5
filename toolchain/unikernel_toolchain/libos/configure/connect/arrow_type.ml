open Outcometree

let unlabelled = function
  | Otyp_arrow ("", argument, result) -> Some (argument, result)
  | _ -> None
