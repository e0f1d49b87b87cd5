(** JSON, to be written only. *)

type t =
  | Null
  | Bool of bool
  | Int of int
  | String of string
  | List of t list
  | Object of (string * t) list

val to_string : t -> string
(** In one line. Bytes of strings stay as they are, but for controls: they are UTF-8 where
    config.ml is. *)
