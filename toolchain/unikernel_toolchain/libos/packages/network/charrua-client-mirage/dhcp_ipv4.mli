(** IPv4 with the address that DHCP gives, and follows when it changes. *)

module Make
    (D : Mirage_protocols.DHCP_CLIENT)
    (_ : Mirage_random.S)
    (_ : Mirage_clock.MCLOCK)
    (E : Mirage_protocols.ETHERNET)
    (A : Mirage_protocols.ARP) : sig
  include Mirage_protocols.IPV4

  val connect : D.t -> E.t -> A.t -> t Lwt.t
  (** Waits for the first configuration. Fails with [Failure] when the stream
      ends without any: no DHCP server answered. *)
end
