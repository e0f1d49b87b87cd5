(* Who names this module gets every option; without it a client links only those that it
   uses (see docs/decisions, "A DHCP client links the options it needs"). *)

include Dhcp_option_code
include Dhcp_option
include Dhcp_option_find
include Dhcp_enum
include Dhcp_message
include Dhcp_sexp

let understand_all () =
  Dhcp_option_list.understand ~of_code:Dhcp_option_read.of_code
    ~to_code:Dhcp_option_write.to_code

let () = understand_all ()
