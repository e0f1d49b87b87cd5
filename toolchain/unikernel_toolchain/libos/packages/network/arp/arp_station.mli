(** What ARP and those who give a station its address tell each other, by the
    station's hardware address. MirageOS's ARP signature has no way for it, so it
    goes beside the signature. *)

val on_packet : Macaddr.t -> (Arp_packet.t -> unit) -> unit
(** The function sees every ARP packet that the station hears, in place of an
    earlier one: for address conflict detection (RFC 5227). *)

val packet : Macaddr.t -> Arp_packet.t -> unit
(** The station has heard this. *)

val set_address_check : Macaddr.t -> (unit -> bool) -> unit
(** The function tells whether the station's own addresses may be used at this
    moment, in place of an earlier one. *)

val may_use_address : Macaddr.t -> bool
(** Whether they may; true when nobody guards them. *)
