val of_code : Dhcp_option_code.option_code -> string -> Dhcp_option.dhcp_option option
(** The option that these octets mean; [None] when they do not suit the
    code. *)
