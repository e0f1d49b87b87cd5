(** When a lease is to be renewed and when it is over (RFC 2131, section
    4.4.5). *)

type t = { renew_at : int64; rebind_at : int64; expires_at : int64 }
(** In nanoseconds; in this order. *)

val default_s : int32
(** The length of a lease whose server does not say: an hour. *)

val of_lease : since:int64 -> Dhcp_message.pkt -> t option
(** [since]: when the lease was asked for; [None] for one that never ends. T1 and
    T2 default to 1/2 and 7/8 of it, also when the server's are out of order; T1
    is at least a second, or half of a lease shorter than two. *)
