(** A DHCP server (RFC 2131), without input, output or clock: MirageOS 3.9's
    module of this name. Whoever has a network reads packets with
    {!Dhcp_wire.pkt_of_buf}, gives them to {!Input.input_pkt}, and sends what it
    says. *)

module Config : module type of struct
  include Dhcp_server_config
end

module Lease : module type of struct
  include Dhcp_server_lease
end

module Input : module type of struct
  include Dhcp_server_input
end
