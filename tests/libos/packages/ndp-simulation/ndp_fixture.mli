(** The host that tests of neighbour discovery start from, and the messages of its neighbours. *)

val ip : string -> Ipaddr.V6.t
val mac : int -> Macaddr.t

val own_mac : Macaddr.t
val own_link_local : Ipaddr.V6.t

val static : Ipaddr.V6.t
(** The host's other address, [fd09::2]. *)

val peer : Ipaddr.V6.t
(** A neighbour in the same prefix. *)

val router : Ipaddr.V6.t
val all_nodes : Ipaddr.V6.t

val group : Ipaddr.V6.t -> Ipaddr.V6.t
(** The solicited-node multicast address of an address. *)

val same : Ipaddr.V6.t -> Ipaddr.V6.t -> bool
val equal_ip : string -> Ipaddr.V6.t -> Ipaddr.V6.t -> unit

val started : ?settle:bool -> unit -> Ndp_host.t
(** As the guest ocaml_net_ipv6, when nobody has objected to its addresses; without
    [settle], while it still asks. *)

val messages : Ndp_host.t -> (Ndp_host.sent * Icmpv6_packet.t) list
(** Sent since it was last asked. *)

val asked : Ndp_host.t -> (Ndp_host.sent * Ipaddr.V6.t * Macaddr.t option) list
(** The neighbour solicitations among them: target, and the sender's station. *)

val advertised : Ndp_host.t -> (Ndp_host.sent * Icmpv6_packet.neighbour_advertisement) list

val ns :
  ?hop_limit:int ->
  ?src:Ipaddr.V6.t ->
  ?dst:Ipaddr.V6.t ->
  ?target:Ipaddr.V6.t ->
  ?nonce:string ->
  Macaddr.t option ->
  Cstruct.t
(** A neighbour solicitation of [peer]'s for [static]. *)

val na :
  ?hop_limit:int ->
  ?about:Ipaddr.V6.t ->
  ?dst:Ipaddr.V6.t ->
  ?router:bool ->
  ?solicited:bool ->
  ?override:bool ->
  ?mac:Macaddr.t ->
  unit ->
  Cstruct.t
(** [peer]'s neighbour advertisement for [static], solicited. *)

val known : Ndp_host.t -> unit
(** Make it know that [peer]'s station is [mac 9]. *)
