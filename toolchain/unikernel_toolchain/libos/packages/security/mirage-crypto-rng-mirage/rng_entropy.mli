val generate : int -> Cstruct.t
(** So many random bytes of the platform's, as mirage-crypto takes them. *)
