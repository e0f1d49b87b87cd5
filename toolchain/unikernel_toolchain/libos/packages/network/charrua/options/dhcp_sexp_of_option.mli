(** DHCP options as s-expressions, as ppx_sexp_conv writes variants. *)

val sexp_of_dhcp_option : Dhcp_option.dhcp_option -> Sexplib0.Sexp.t
