open Cmdliner

(* A sentence, as every other converter's. *)
let sentence text =
  let text = String.capitalize_ascii text in
  if text <> "" && text.[String.length text - 1] = '.' then text else text ^ "."

let v converter =
  let read text =
    Result.map_error (fun (`Msg text) -> sentence text) (Arg.conv_parser converter text)
  in
  { Boot_converters.read; print = Format.asprintf "%a" (Arg.conv_printer converter) }
