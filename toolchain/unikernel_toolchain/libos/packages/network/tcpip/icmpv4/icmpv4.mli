(** ICMP over IPv4: answers echo requests, and passes what is said of packets
    this host sent to {!Ip_errors}. *)

module Make (I : Mirage_protocols.IP with type ipaddr = Ipaddr.V4.t) : sig
  include Mirage_protocols.ICMP with type ipaddr = Ipaddr.V4.t

  val connect : I.t -> t Lwt.t
end
