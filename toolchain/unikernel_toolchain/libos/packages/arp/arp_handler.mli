(** The ARP cache: a state machine that knows no clock and sends nothing.

    Time passes by {!tick}. ['a] is whatever waits for an answer. Packets to be
    sent are returned with the station they go to. Learned entries are bounded
    in number ({!max_learned}): when they are too many, the one that would
    expire first makes room. *)

type 'a t

val max_learned : int

val create :
  ?timeout:int ->
  ?retries:int ->
  ?logsrc:Logs.src ->
  ?ipaddr:Ipaddr.V4.t ->
  Macaddr.t ->
  'a t * (Arp_packet.t * Macaddr.t) option
(** [timeout] (default 800) is how many ticks a learned entry lives, [retries]
    (default 5) how many times a request is sent. With [ipaddr] comes its
    gratuitous announcement. *)

val pp : Format.formatter -> 'a t -> unit

val ips : 'a t -> Ipaddr.V4.t list
(** Our own addresses. *)

val mac : 'a t -> Macaddr.t
val in_cache : 'a t -> Ipaddr.V4.t -> Macaddr.t option

val pending : 'a t -> int
(** How many addresses are being asked for. *)

val static : 'a t -> Ipaddr.V4.t -> Macaddr.t -> 'a t * 'a option
(** Adds an entry that never expires; who waited for it is returned. *)

val alias :
  'a t -> Ipaddr.V4.t -> 'a t * (Arp_packet.t * Macaddr.t) * 'a option
(** Adds an address of our own, with its gratuitous announcement. *)

val remove : 'a t -> Ipaddr.V4.t -> 'a t

val tick : 'a t -> 'a t * (Arp_packet.t * Macaddr.t) list * 'a list
(** Requests to repeat, and those who wait in vain. *)

val input :
  'a t ->
  Cstruct.t ->
  'a t * (Arp_packet.t * Macaddr.t) option * (Macaddr.t * 'a) option
(** A reply to send, and who waited for the address just learned. *)

type 'a qres =
  | Mac of Macaddr.t
  | Wait of 'a
  | RequestWait of (Arp_packet.t * Macaddr.t) * 'a

val query : 'a t -> Ipaddr.V4.t -> ('a option -> 'a) -> 'a t * 'a qres
(** The function makes the waiting value, from the one already waiting if
    any. *)
