(** An address that is being asked for, or has not been used for long, and may
    turn out to be somebody's (RFC 5227, section 2.1). Times in nanoseconds. *)

type t = {
  address : Ipaddr.V4.t;
  free_at : int64;  (** when it may be used if nobody has spoken up *)
  next_at : int64;  (** when the next probe is due, or the claim is settled *)
  probes_left : int;  (** probes *)
  conflict : bool;
}

val probe_ns : int64

val start : now:int64 -> Ipaddr.V4.t -> t
(** With the first probe. *)

val probe_again : now:int64 -> jitter_ms:int -> t -> t option
(** One or two seconds later (section 2.1.1) by [jitter_ms], 0 to 1023; [None] when
    there were enough. *)

val conflicts_with : t -> mac:Macaddr.t -> Arp_packet.t -> bool
(** Whether the sender, another station than [mac], has the address or probes it
    at the same time. *)
