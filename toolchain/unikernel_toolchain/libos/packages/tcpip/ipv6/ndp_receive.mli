(** What a host does with the messages of neighbour discovery (RFC 4861,
    RFC 4862): context, time and message to context and output. *)

val add_address :
  Ndp_context.t ->
  now:int64 ->
  Ndp_addresses.lifetime ->
  Ipaddr.V6.t ->
  Ndp_context.t * Ndp_context.output list

val router_advertisement :
  Ndp_context.t ->
  now:int64 ->
  src:Ipaddr.V6.t ->
  Icmpv6_packet.router_advertisement ->
  Ndp_context.t * Ndp_context.output list

val neighbour_solicitation :
  Ndp_context.t ->
  now:int64 ->
  src:Ipaddr.V6.t ->
  target:Ipaddr.V6.t ->
  Macaddr.t option ->
  Ndp_context.t * Ndp_context.output list

val neighbour_advertisement :
  Ndp_context.t ->
  now:int64 ->
  Icmpv6_packet.neighbour_advertisement ->
  Ndp_context.t * Ndp_context.output list
