(** Options in a row (RFC 2132, section 2; RFC 3396 for long ones). *)

val parse : Cstruct.t -> (Dhcp_option.dhcp_option list, string) result
(** Up to the [End] option, or the end of the buffer. Options of one code are
    joined. *)

val parse_all : Cstruct.t list -> (Dhcp_option.dhcp_option list, string) result
(** The same over several fields of one packet. *)

val to_string : Dhcp_option.dhcp_option list -> string
(** With an [End] at the end. *)
