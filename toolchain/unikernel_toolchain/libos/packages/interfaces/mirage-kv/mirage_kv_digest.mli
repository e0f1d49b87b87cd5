(** Digests of key-value stores: MD5, so that two stores with the same content
    give the same. They find changes, and are no protection against anybody. *)

val value : string -> string
(** 16 bytes. *)

val dictionary : (string * string) list -> string
(** Of each entry's segment and digest, in any order. 16 bytes. *)
