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

type event = Ndp_input.event
(** Source, destination and payload; of ICMPv6 echo replies and errors too, as
    [`Default]. *)

type context = Ndp_context.t
type output = Macaddr.t * int * (buffer -> int)

val local :
  ?handle_ra:bool ->
  now:time ->
  random:(int -> Cstruct.t) ->
  Macaddr.t ->
  context * output list
(** With the link-local address; without [handle_ra] (true), it asks for no router and
    listens to none. Memory for what strangers make it keep is a part
    of {!Memory_size}. *)

val add_ip : now:time -> context -> ipaddr -> context * output list
val get_ip : context -> ipaddr list
val select_source : context -> ipaddr -> ipaddr
(** This and all that has no time is right until {!deadline}; whatever has a time
    does what is due before. *)

val handle :
  now:time ->
  random:(int -> Cstruct.t) ->
  context ->
  buffer ->
  context * output list * event list
(** An IPv6 packet. *)

(** Where a packet goes. *)
type route = Ndp_send.route =
  | Now of Macaddr.t
  | Later of ipaddr  (** when this neighbour is {!Resolved} *)
  | No_route of string  (** why *)

val route : now:time -> context -> ipaddr -> context * route * output list

val has_other_route : context -> ipaddr -> than:ipaddr -> bool
(** Whether packets to this destination go to another neighbour now. *)

val is_invalid : context -> ipaddr -> bool
(** Whether the address was one of ours and is none any more: nothing may be sent
    from it. *)

type notification = Ndp_context.notification =
  | Resolved of ipaddr * Macaddr.t option
  (** a neighbour that was being asked for is at this station, or does not
      answer *)
  | Name_servers of ipaddr * Ndp_name_servers.servers
  (** what this router says now, in place of what it said before *)

val notifications : context -> notification list
(** Since they were last forgotten; the latest first. *)

val clear_notifications : context -> context

val name_servers_of : context -> ipaddr list
(** The routers whose name servers are known. *)

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
(** To be called at {!deadline}, or more often. *)

val deadline : context -> time
(** Until then, time changes nothing; {!Ndp_timing.never} for ever. *)

val assume_on_link : context -> context
(** Takes every destination to be on the link for as long as no default router is
    known. *)

val mtu : context -> int option
(** The link's, as a router told: 1280 bytes or more. *)

val add_prefix : now:time -> context -> prefix -> context
val get_prefix : context -> prefix list
val add_routers : now:time -> context -> ipaddr list -> context
val get_routers : context -> ipaddr list
val hop_limit : context -> int
