val to_code : Dhcp_option.dhcp_option -> (Dhcp_option_code.option_code * string) option
(** Code and octets of an option; [None] for [Pad] and [End], which have no
    value. *)
