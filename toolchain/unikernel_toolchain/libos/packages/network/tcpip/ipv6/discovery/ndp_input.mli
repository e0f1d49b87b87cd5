(** What a host does with a packet: extension headers, fragments, ICMPv6. *)

type event =
  [ `Tcp of Ipaddr.V6.t * Ipaddr.V6.t * Cstruct.t
  | `Udp of Ipaddr.V6.t * Ipaddr.V6.t * Cstruct.t
  | `Default of int * Ipaddr.V6.t * Ipaddr.V6.t * Cstruct.t ]

val handle :
  now:int64 ->
  random:(int -> Cstruct.t) ->
  Ndp_context.t ->
  Cstruct.t ->
  Ndp_context.t * Ndp_packets.output list * event list
(** Does what is due before. *)
