(** IPv6 of one host: neighbour discovery, address configuration, ICMPv6 and
    reassembly (RFC 8200, 4861, 4862, 4443). No clock, no random source, no
    scheduler: time is an argument, in monotonic nanoseconds. *)

type buffer = Cstruct.t
type ipaddr = Ipaddr.V6.t
type prefix = Ipaddr.V6.Prefix.t
type time = int64

val ipaddr_of_cstruct : buffer -> ipaddr
val ipaddr_to_cstruct_raw : ipaddr -> buffer -> int -> unit

val checksum : buffer -> buffer list -> int
(** Of a transport packet, with its pseudo-header first. *)

type event =
  [ `Tcp of ipaddr * ipaddr * buffer
  | `Udp of ipaddr * ipaddr * buffer
  | `Default of int * ipaddr * ipaddr * buffer ]
(** Source, destination and payload; of ICMPv6 echo replies and errors too, as
    [`Default]. *)

type context
type output = Macaddr.t * int * (buffer -> int)

val local :
  now:time -> random:(int -> Cstruct.t) -> Macaddr.t -> context * output list
(** With the link-local address. *)

val add_ip : now:time -> context -> ipaddr -> context * output list
val get_ip : context -> ipaddr list
val select_source : now:time -> context -> ipaddr -> ipaddr

val handle :
  now:time ->
  random:(int -> Cstruct.t) ->
  context ->
  buffer ->
  context * output list * event list
(** An IPv6 packet. *)

(** Where a packet goes. *)
type route =
  | Now of Macaddr.t
  | Later of ipaddr  (** when this neighbour has answered: see {!neighbour} *)
  | No_route

val route : now:time -> context -> ipaddr -> context * route * output list

val neighbour : context -> ipaddr -> [ `Known of Macaddr.t | `Asked | `Unknown ]
(** [`Unknown] after [`Asked]: it does not answer. *)

val send :
  now:time ->
  context ->
  ipaddr ->
  Mirage_protocols.Ip.proto ->
  int ->
  (buffer -> buffer -> int) ->
  context * output list
(** [send ~now t dst proto size fill]: [fill] gets the header and a payload of
    [size] bytes and returns how many it used. Nothing is sent without a
    route. *)

val tick : now:time -> context -> context * output list
(** To be called about once a second. *)

val add_prefix : now:time -> context -> prefix -> context
val get_prefix : context -> prefix list
val add_routers : now:time -> context -> ipaddr list -> context
val get_routers : context -> ipaddr list
val hop_limit : context -> int
