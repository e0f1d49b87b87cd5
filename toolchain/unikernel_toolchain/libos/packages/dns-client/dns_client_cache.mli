(** Answers kept for their time to live, bounded in number: the one that ends
    first makes room. *)

type t

val create : int -> t
val find : t -> now:int64 -> 'a Dns.Rr_map.key -> Dns_name.t -> 'a option
val add : t -> now:int64 -> 'a Dns.Rr_map.key -> Dns_name.t -> 'a -> unit
