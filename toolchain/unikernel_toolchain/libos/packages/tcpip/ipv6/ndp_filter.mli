(** What a host does not listen to that was told not to. *)

val is_router_advertisement : Cstruct.t -> bool
(** Of an IPv6 packet. Fragments are none: nobody takes neighbour discovery from
    them (RFC 6980). *)
