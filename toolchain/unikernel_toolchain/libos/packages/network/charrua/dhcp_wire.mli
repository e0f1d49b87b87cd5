(** DHCP packets (RFC 2131), from Ethernet frame to options.

    MirageOS 3.9's module of this name. *)

include module type of struct
  include Dhcp_option_code
end

include module type of struct
  include Dhcp_option
end

include module type of struct
  include Dhcp_option_find
end

include module type of struct
  include Dhcp_enum
end

include module type of struct
  include Dhcp_message
end

include module type of struct
  include Dhcp_sexp
end

val understand_all : unit -> unit
(** Has all options of packets read and written by their meaning. It is done when
    this module is linked. *)
