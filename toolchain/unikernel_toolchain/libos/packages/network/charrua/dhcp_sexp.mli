(** DHCP packets as s-expressions, as ppx_sexp_conv writes records: for
    configurations and logs.

    Readers raise [Sexplib0.Sexp.Of_sexp_error] for what they cannot read. *)

open Dhcp_enum

val sexp_of_op : op -> Sexplib0.Sexp.t
val op_of_sexp : Sexplib0.Sexp.t -> op
val sexp_of_msgtype : Dhcp_option.msgtype -> Sexplib0.Sexp.t
val msgtype_of_sexp : Sexplib0.Sexp.t -> Dhcp_option.msgtype
val sexp_of_option_code : Dhcp_option_code.option_code -> Sexplib0.Sexp.t
val option_code_of_sexp : Sexplib0.Sexp.t -> Dhcp_option_code.option_code
val htype_of_sexp : Sexplib0.Sexp.t -> htype
val sexp_of_htype : htype -> Sexplib0.Sexp.t
val flags_of_sexp : Sexplib0.Sexp.t -> flags
val sexp_of_flags : flags -> Sexplib0.Sexp.t
val client_id_of_sexp : Sexplib0.Sexp.t -> Dhcp_option.client_id
val sexp_of_client_id : Dhcp_option.client_id -> Sexplib0.Sexp.t
val dhcp_option_of_sexp : Sexplib0.Sexp.t -> Dhcp_option.dhcp_option
val sexp_of_dhcp_option : Dhcp_option.dhcp_option -> Sexplib0.Sexp.t
val pkt_of_sexp : Sexplib0.Sexp.t -> Dhcp_message.pkt
val sexp_of_pkt : Dhcp_message.pkt -> Sexplib0.Sexp.t
