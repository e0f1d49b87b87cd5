val generate : int -> string
(** So many random bytes of the platform's, as mirage-crypto takes them. *)
