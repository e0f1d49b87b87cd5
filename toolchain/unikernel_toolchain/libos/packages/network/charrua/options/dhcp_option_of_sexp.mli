(** The inverse of {!Dhcp_sexp_of_option}. *)

val dhcp_option_of_sexp : Sexplib0.Sexp.t -> Dhcp_option.dhcp_option
(** @raise Sexplib0.Sexp.Of_sexp_error for what is no option. *)
