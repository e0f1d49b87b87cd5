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

val to_code : Dhcp_option.dhcp_option -> (Dhcp_option_code.option_code * string) option
(** Code and octets of an option; [None] for [Pad] and [End], which have no
    value. *)

val understand :
  of_code:(Dhcp_option_code.option_code -> string -> Dhcp_option.dhcp_option option) ->
  to_code:(Dhcp_option.dhcp_option -> (Dhcp_option_code.option_code * string) option) ->
  unit
(** How options are read and written from now on, in place of
    {!Dhcp_option_basic}. *)
