(** Network protocols: what each layer offers to the one above.

    Payload buffers passed to an [input] or a callback belong to the receiver;
    a [fill] function writes into the buffer that it is handed and returns how
    many bytes it used. *)

module Ethernet = struct
  type error = [ `Exceeds_mtu ]

  let pp_error ppf `Exceeds_mtu = Format.pp_print_string ppf "packet longer than the MTU"

  type proto = [ `ARP | `IPv4 | `IPv6 ]

  let pp_proto ppf = function
    | `ARP -> Format.pp_print_string ppf "ARP"
    | `IPv4 -> Format.pp_print_string ppf "IPv4"
    | `IPv6 -> Format.pp_print_string ppf "IPv6"
end

module type ETHERNET = sig
  type error = private [> Ethernet.error ]

  val pp_error : error Fmt.t

  include Mirage_device.S

  val write :
    t ->
    ?src:Macaddr.t ->
    Macaddr.t ->
    Ethernet.proto ->
    ?size:int ->
    (Cstruct.t -> int) ->
    (unit, error) result Lwt.t
  (** [write t ?src dst proto ?size fill] sends a frame with a payload of up
      to [size] bytes, by default the MTU. *)

  val mac : t -> Macaddr.t
  val mtu : t -> int

  val input :
    arpv4:(Cstruct.t -> unit Lwt.t) ->
    ipv4:(Cstruct.t -> unit Lwt.t) ->
    ipv6:(Cstruct.t -> unit Lwt.t) ->
    t ->
    Cstruct.t ->
    unit Lwt.t
    (** Hands the payload of a frame for this station to the callback of its
        ethertype. *)
end

module Arp = struct
  type error = [ `Timeout ]

  let pp_error ppf `Timeout =
    Format.pp_print_string ppf "no host answered for this address"
end

module type ARP = sig
  include Mirage_device.S

  type error = private [> Arp.error ]

  val pp_error : error Fmt.t
  val pp : t Fmt.t
  val get_ips : t -> Ipaddr.V4.t list
  val set_ips : t -> Ipaddr.V4.t list -> unit Lwt.t
  val remove_ip : t -> Ipaddr.V4.t -> unit Lwt.t
  val add_ip : t -> Ipaddr.V4.t -> unit Lwt.t

  val query : t -> Ipaddr.V4.t -> (Macaddr.t, error) result Lwt.t
  (** May wait for a reply. *)

  val input : t -> Cstruct.t -> unit Lwt.t
end

module Ip = struct
  type error = [ `No_route of string | `Would_fragment ]

  let pp_error ppf = function
    | `No_route why -> Format.fprintf ppf "no route to the destination: %s" why
    | `Would_fragment ->
        Format.pp_print_string ppf "packet longer than the MTU, and it may not be fragmented"

  type proto = [ `TCP | `UDP | `ICMP ]

  let pp_proto ppf = function
    | `TCP -> Format.pp_print_string ppf "TCP"
    | `UDP -> Format.pp_print_string ppf "UDP"
    | `ICMP -> Format.pp_print_string ppf "ICMP"
end

module type IP = sig
  type error = private [> Ip.error ]

  val pp_error : error Fmt.t

  type ipaddr

  val pp_ipaddr : ipaddr Fmt.t

  include Mirage_device.S

  type callback = src:ipaddr -> dst:ipaddr -> Cstruct.t -> unit Lwt.t

  val input :
    t ->
    tcp:callback ->
    udp:callback ->
    default:(proto:int -> callback) ->
    Cstruct.t ->
    unit Lwt.t

  val write :
    t ->
    ?fragment:bool ->
    ?ttl:int ->
    ?src:ipaddr ->
    ipaddr ->
    Ip.proto ->
    ?size:int ->
    (Cstruct.t -> int) ->
    Cstruct.t list ->
    (unit, error) result Lwt.t
  (** [write t dst proto ~size fill payloads] sends what [fill] writes into
      [size] bytes (default 0), followed by [payloads]. [fragment] is true
      by default; false sets "don't fragment". *)

  val pseudoheader : t -> ?src:ipaddr -> ipaddr -> Ip.proto -> int -> Cstruct.t
  (** For the checksum of a TCP or UDP packet of so many bytes. *)

  val src : t -> dst:ipaddr -> ipaddr
  (** The source address a packet to [dst] would carry. *)

  val get_ip : t -> ipaddr list

  val mtu : t -> int
  (** Bytes of payload of one packet that need no fragmentation. *)
end

module type IPV4 = IP with type ipaddr = Ipaddr.V4.t
module type IPV6 = IP with type ipaddr = Ipaddr.V6.t

module type ICMP = sig
  include Mirage_device.S

  type ipaddr
  type error

  val pp_error : error Fmt.t
  val input : t -> src:ipaddr -> dst:ipaddr -> Cstruct.t -> unit Lwt.t
  val write : t -> dst:ipaddr -> ?ttl:int -> Cstruct.t -> (unit, error) result Lwt.t
end

module type ICMPV4 = ICMP with type ipaddr = Ipaddr.V4.t
module type ICMPV6 = ICMP with type ipaddr = Ipaddr.V6.t

module type UDP = sig
  type error

  val pp_error : error Fmt.t

  type ipaddr
  type ipinput

  include Mirage_device.S

  type callback =
    src:ipaddr -> dst:ipaddr -> src_port:int -> Cstruct.t -> unit Lwt.t

  val input : listeners:(dst_port:int -> callback option) -> t -> ipinput

  val write :
    ?src_port:int ->
    ?ttl:int ->
    dst:ipaddr ->
    dst_port:int ->
    t ->
    Cstruct.t ->
    (unit, error) result Lwt.t
    (** A random source port is used when [src_port] is absent. *)
end

module type UDPV4 = UDP with type ipaddr = Ipaddr.V4.t
module type UDPV6 = UDP with type ipaddr = Ipaddr.V6.t

module Tcp = struct
  type error = [ `Timeout | `Refused ]
  type write_error = [ error | Mirage_flow.write_error ]

  let pp_error ppf = function
    | `Timeout -> Format.pp_print_string ppf "connection attempt timed out"
    | `Refused -> Format.pp_print_string ppf "connection attempt was refused"

  let pp_write_error ppf = function
    | #Mirage_flow.write_error as e -> Mirage_flow.pp_write_error ppf e
    | #error as e -> pp_error ppf e
end

module Keepalive = struct
  (** First probe [after] idle nanoseconds, then one each [interval]; the
      connection is lost after [probes] of them without an answer. *)
  type t = { after : Duration.t; interval : Duration.t; probes : int }
end

module type TCP = sig
  type error = private [> Tcp.error ]
  type write_error = private [> Tcp.write_error ]
  type ipaddr
  type ipinput
  type flow

  include Mirage_device.S

  include
    Mirage_flow.S
    with type flow := flow
     and type error := error
     and type write_error := write_error

  val dst : flow -> ipaddr * int
  (** The peer's address and port. *)

  val write_nodelay : flow -> Cstruct.t -> (unit, write_error) result Lwt.t

  val writev_nodelay :
    flow -> Cstruct.t list -> (unit, write_error) result Lwt.t

  val create_connection :
    ?keepalive:Keepalive.t -> t -> ipaddr * int -> (flow, error) result Lwt.t

  type listener = {
    process : flow -> unit Lwt.t;
    keepalive : Keepalive.t option;
  }

  val input : t -> listeners:(int -> listener option) -> ipinput
end

module type TCPV4 = TCP with type ipaddr = Ipaddr.V4.t
module type TCPV6 = TCP with type ipaddr = Ipaddr.V6.t

type ipv4_config = {
  address : Ipaddr.V4.t;
  network : Ipaddr.V4.Prefix.t;
  gateway : Ipaddr.V4.t option;
}

module type DHCP_CLIENT = sig
  type t = ipv4_config Lwt_stream.t
end
