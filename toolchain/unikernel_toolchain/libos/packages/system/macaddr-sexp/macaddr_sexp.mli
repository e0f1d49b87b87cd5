(** MAC addresses as S-expressions (macaddr-sexp 5.0): one atom, with colons. *)

type t = Macaddr.t

val sexp_of_t : t -> Sexplib0.Sexp.t

val t_of_sexp : Sexplib0.Sexp.t -> t
(** @raise Sexplib0.Sexp.Of_sexp_error when it is no address. *)

val compare : t -> t -> int
