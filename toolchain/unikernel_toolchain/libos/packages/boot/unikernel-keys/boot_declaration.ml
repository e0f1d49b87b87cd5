type kind = Flag | Switch | Value of string

type t = {
  names : string list;
  kind : kind;
  docs : string;
  doc : string;
  env : string option;
  absent : string;
  is_required : bool;
  read : string -> (unit, string) result;
}

let spelled name = (if String.length name > 1 then "--" else "-") ^ name

(* Of several names, the one that tells most. *)
let title t =
  let longer a b = if String.length b > String.length a then b else a in
  spelled (List.fold_left longer (List.hd t.names) t.names)

let example t =
  let title = title t in
  match t.kind with
  | Flag | Switch -> title
  | Value docv when String.length title > 2 -> title ^ "=" ^ docv
  | Value docv -> title ^ " " ^ docv
