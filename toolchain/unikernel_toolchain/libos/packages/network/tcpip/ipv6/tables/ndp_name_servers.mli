(** Recursive name servers that routers advertise (RFC 8106), bounded in
    number. Times are monotonic nanoseconds, {!Ndp_timing.never} is for ever. *)

type t
type servers = (Ipaddr.V6.t * int64) list
(** Each with when it is over. *)

val max_routers : int
val max_servers : int
(** Of one router. *)

val empty : t

val routers : t -> Ipaddr.V6.t list
(** Of which something holds. *)

val learn :
  t -> now:int64 -> router:Ipaddr.V6.t -> servers -> t * (Ipaddr.V6.t * servers) list
(** What the router says of these servers, those that are over taken back; with
    the routers of which something else holds now, and what. *)
