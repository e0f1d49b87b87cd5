(** The groups a host listens to, as routers and snooping switches learn of them:
    multicast listener discovery, version 2 (RFC 3810, section 6), or 1 for as
    long as a querier of version 1 is on the link (section 8.2).

    No clock: times are monotonic nanoseconds; [random ns] is a time below
    [ns]. Reports are few whatever is asked: one kind of answer at most five times
    a second. *)

type t

val empty : t

val listen : t -> now:int64 -> Ipaddr.V6.t list -> t
(** To these groups from now on, and to no others. Routers are told at once, and
    once more (the Robustness Variable) within a second. *)

val announce : t -> now:int64 -> t
(** Tells routers once more, now that they can know from whom it is (RFC 3590,
    section 4). *)

val query : t -> now:int64 -> random:(int64 -> int64) -> Mld_packet.query -> t
val reported : t -> Ipaddr.V6.t -> t
(** Somebody else has reported the group, with version 1. *)

val deadline : t -> int64
val advance : t -> now:int64 -> random:(int64 -> int64) -> t * Mld_packet.message list
(** What is due. *)

val groups : t -> Ipaddr.V6.t list
