(** Paths from the root, with ["/"] between names. Empty names fall away. *)

type t

val of_string_list : string list -> t
val to_string_list : t -> string list

val directory : t -> t
(** All but the last name; of the root, the root. *)

val filename : t -> string
(** The last name; [""] of the root. *)

val to_string : t -> string
(** Begins with ["/"]. *)

val of_string : string -> t

val concat : t -> string -> t
(** One name more. *)

val cd : t -> string -> t
(** The path that one stands at after [cd]: an absolute one replaces, [".."]
    goes up, ["."] stays. *)

val is_root : t -> bool
