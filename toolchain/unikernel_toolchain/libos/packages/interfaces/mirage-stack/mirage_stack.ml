(** TCP/IP stacks: an interface with its IP, UDP and TCP.

    In all of them [listen_udp…] and [listen_tcp…] bind a port at once,
    replacing an earlier binding, and raise [Invalid_argument] on a port
    outside 0 to 65535; [keepalive] applies to accepted flows. [listen] runs
    the interface and resolves when it ends. *)

module type V4 = sig
  include Mirage_device.S
  module UDPV4 : Mirage_protocols.UDPV4
  module TCPV4 : Mirage_protocols.TCPV4
  module IPV4 : Mirage_protocols.IPV4

  val udpv4 : t -> UDPV4.t
  val tcpv4 : t -> TCPV4.t
  val ipv4 : t -> IPV4.t
  val listen_udpv4 : t -> port:int -> UDPV4.callback -> unit

  val listen_tcpv4 :
    ?keepalive:Mirage_protocols.Keepalive.t ->
    t ->
    port:int ->
    (TCPV4.flow -> unit Lwt.t) ->
    unit

  val listen : t -> unit Lwt.t
end

module type V6 = sig
  include Mirage_device.S
  module UDP : Mirage_protocols.UDPV6
  module TCP : Mirage_protocols.TCPV6
  module IP : Mirage_protocols.IPV6

  val udp : t -> UDP.t
  val tcp : t -> TCP.t
  val ip : t -> IP.t
  val listen_udp : t -> port:int -> UDP.callback -> unit

  val listen_tcp :
    ?keepalive:Mirage_protocols.Keepalive.t ->
    t ->
    port:int ->
    (TCP.flow -> unit Lwt.t) ->
    unit

  val listen : t -> unit Lwt.t
end

module type V4V6 = sig
  include Mirage_device.S
  module UDP : Mirage_protocols.UDP with type ipaddr = Ipaddr.t
  module TCP : Mirage_protocols.TCP with type ipaddr = Ipaddr.t
  module IP : Mirage_protocols.IP with type ipaddr = Ipaddr.t

  val udp : t -> UDP.t
  val tcp : t -> TCP.t
  val ip : t -> IP.t
  val listen_udp : t -> port:int -> UDP.callback -> unit

  val listen_tcp :
    ?keepalive:Mirage_protocols.Keepalive.t ->
    t ->
    port:int ->
    (TCP.flow -> unit Lwt.t) ->
    unit

  val listen : t -> unit Lwt.t
end
