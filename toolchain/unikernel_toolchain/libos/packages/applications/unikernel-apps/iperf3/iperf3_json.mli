(** The JSON that iperf3's two ends exchange (RFC 8259). *)

type t =
  | Null
  | Bool of bool
  | Number of float
  | String of string
  | List of t list
  | Object of (string * t) list

val to_string : t -> string

val of_string : string -> (t, string) result
(** Text that nests deeper than 32 levels is refused. *)

(** {1 Members of objects}

    They are {!Null}, or the default, where there is no such member. *)

val member : string -> t -> t
val number : string -> default:float -> t -> float
val int : string -> default:int -> t -> int
val bool : string -> t -> bool
(** A number other than 0 counts as true. *)

val list : string -> t -> t list
