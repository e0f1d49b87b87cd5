(** What a host does with the messages of neighbour discovery (RFC 4861,
    RFC 4862): context, time and message to context and output. Afterwards comes
    {!Ndp_upkeep.conclude}. *)

open Ndp_context
open Ndp_packets

val add_address :
  t ->
  now:int64 ->
  Ndp_addresses.origin ->
  Ndp_addresses.lifetime ->
  Ipaddr.V6.t ->
  t * output list

val router_advertisement :
  t -> now:int64 -> src:Ipaddr.V6.t -> Icmpv6_packet.router_advertisement -> t * output list

val learn_sender : t -> Ipaddr.V6.t -> Macaddr.t option -> t * output list
(** A neighbour's station, from what it asked. *)

val duplicate_solicitation :
  t ->
  now:int64 ->
  random:(int -> Cstruct.t) ->
  target:Ipaddr.V6.t ->
  string option ->
  t * output list
(** Somebody asks, with this nonce, whether the target is in use. *)

val neighbour_advertisement :
  t ->
  now:int64 ->
  random:(int -> Cstruct.t) ->
  Icmpv6_packet.neighbour_advertisement ->
  t * output list
