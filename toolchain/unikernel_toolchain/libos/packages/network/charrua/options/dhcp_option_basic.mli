(** The options that a client needs. All of them, in {!Dhcp_option_read} and
    {!Dhcp_option_write}, are long to link; whoever uses {!Dhcp_wire} gets them. *)

val of_code : Dhcp_option_code.option_code -> string -> Dhcp_option.dhcp_option option
(** As {!Dhcp_option_read.of_code}; what a client does not need is
    [Unassigned]. *)

val to_code : Dhcp_option.dhcp_option -> (Dhcp_option_code.option_code * string) option
(** As {!Dhcp_option_write.to_code}; [None] for what a client does not need and
    is not [Unassigned]. *)
