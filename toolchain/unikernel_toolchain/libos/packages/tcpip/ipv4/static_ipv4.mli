(** IPv4 with a fixed address. *)

val default_fragment_cache_bytes : int

val max_waiting : int
(** How many packets may wait for address resolution at once; one more is
    refused with [`No_route]. *)

module Make
    (_ : Mirage_random.S)
    (_ : Mirage_clock.MCLOCK)
    (E : Mirage_protocols.ETHERNET)
    (A : Mirage_protocols.ARP) : sig
  include Mirage_protocols.IP with type ipaddr = Ipaddr.V4.t

  val connect :
    cidr:Ipaddr.V4.Prefix.t ->
    ?gateway:Ipaddr.V4.t ->
    ?fragment_cache_size:int ->
    E.t ->
    A.t ->
    t Lwt.t
  (** [cidr] holds the host's own address; [fragment_cache_size] bounds the
      memory of incomplete datagrams, in bytes (default 256 KiB). Fails with
      [Failure] when the gateway lies outside the network. *)
end
