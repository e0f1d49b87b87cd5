(** Options in a row (RFC 2132, section 2; RFC 3396 for long ones). *)

val parse : Cstruct.t -> Dhcp_option.dhcp_option list
(** Up to the [End] option, the end of the buffer, or an option that does not
    fit into it. Options of one code are joined. One whose value does not suit
    its code is left out, and only that one: servers send what nobody has asked
    for, and not always well. *)

val parse_all : Cstruct.t list -> Dhcp_option.dhcp_option list
(** The same over several fields of one packet. *)

val to_string : Dhcp_option.dhcp_option list -> string
(** With an [End] at the end. *)
