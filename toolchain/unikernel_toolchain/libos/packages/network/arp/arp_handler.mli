(** The ARP cache: a state machine that knows no clock and sends nothing.

    Time passes by {!tick}. ['a] is whatever waits for an answer. Packets to be
    sent are returned with the station they go to.

    Whatever others send, everything is bounded: entries learned (when they are
    too many, one that nobody has asked for since makes room), addresses asked for
    at once, requests in a tick; not what waits for an answer. An address that did not
    answer is not asked for again for {!failed_ticks}, unless its host speaks up. A
    station that claims a known address gets it once the station that has it was
    asked and has kept silent for a tick; who is known only from what it said is
    asked for, too, once it is sent to. Our own addresses are kept and defended
    (RFC 5227, section 2.4). *)

type 'a t

val max_learned : int
(** By default. *)

val max_pending : int
(** Addresses asked for at once. *)

val max_requests : int
(** Requests for unknown addresses in one tick. *)

val failed_ticks : int

val create :
  ?timeout:int ->
  ?retries:int ->
  ?capacity:int ->
  ?logsrc:Logs.src ->
  ?ipaddr:Ipaddr.V4.t ->
  Macaddr.t ->
  'a t * (Arp_packet.t * Macaddr.t) option
(** [timeout] (default 800) is how many ticks a learned entry lives, [retries]
    (default 5) how many times a request is sent, [capacity] (default
    {!max_learned}) how many learned entries are kept. With [ipaddr] comes its
    gratuitous announcement. *)

val pp : Format.formatter -> 'a t -> unit

val ips : 'a t -> Ipaddr.V4.t list
(** Our own addresses. *)

val mac : 'a t -> Macaddr.t
val in_cache : 'a t -> Ipaddr.V4.t -> Macaddr.t option
(** Whoever is asked for here is in use. *)

val refuses : 'a t -> Ipaddr.V4.t -> bool
(** Whether a {!query} for this address would be in vain: it has just not
    answered. *)

val make_room : 'a t -> 'a t * 'a option
(** Before a {!query}: when too many addresses are asked for, the one asked for
    longest is given up, and who waited for it returned. *)

val pending : 'a t -> int
(** How many addresses are being asked for. *)

val static : 'a t -> Ipaddr.V4.t -> Macaddr.t -> 'a t * 'a option
(** Adds an entry that never expires; who waited for it is returned. *)

val alias :
  'a t -> Ipaddr.V4.t -> 'a t * (Arp_packet.t * Macaddr.t) * 'a option
(** Adds an address of our own, with its gratuitous announcement. *)

val remove : 'a t -> Ipaddr.V4.t -> 'a t

val tick : 'a t -> 'a t * (Arp_packet.t * Macaddr.t) list * 'a list
(** Requests to send, and those who wait in vain. *)

val input :
  'a t ->
  Cstruct.t ->
  'a t * (Arp_packet.t * Macaddr.t) option * (Macaddr.t * 'a) option
(** A packet to send, and who waited for the address just learned. *)

val input_packet :
  'a t ->
  Arp_packet.t ->
  'a t * (Arp_packet.t * Macaddr.t) option * (Macaddr.t * 'a) option

type 'a qres =
  | Mac of Macaddr.t
  | Wait of 'a
  | RequestWait of (Arp_packet.t * Macaddr.t) * 'a

val query : 'a t -> Ipaddr.V4.t -> ('a option -> 'a) -> 'a t * 'a qres
(** The function makes the waiting value, from the one already waiting if
    any. *)
