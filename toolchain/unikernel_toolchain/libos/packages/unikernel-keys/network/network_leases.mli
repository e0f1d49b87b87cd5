(** IPv4 configurations as the boot keys ask for them: the static one, or those
    that a DHCP server gives. *)

module Make (_ : Mirage_random.S) (_ : Mirage_time.S) (Network : Mirage_net.S) : sig
  include Mirage_protocols.DHCP_CLIENT

  val connect : Ipv4_keys.t -> Network.t -> t Lwt.t
end
