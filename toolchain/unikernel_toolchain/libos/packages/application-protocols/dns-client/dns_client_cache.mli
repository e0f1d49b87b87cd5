(** What was answered, kept for its time: data, and that there is none, and for
    a moment that nobody answered (RFC 2308; RFC 9520). Bounded in number and in
    bytes; what ends first makes room. *)

type t

type 'a outcome =
  | Data of 'a
  | No_data of Dns_name.t * Dns.Soa.t
  | No_domain of Dns_name.t * Dns.Soa.t  (** whatever is asked about it *)
  | Failed of string

val create : ?bytes:int -> int -> t
(** As many entries, of so many bytes of messages together: by default a 128th
    of the memory, as values take several times their message. *)

val find :
  t -> now:int64 -> since:int64 -> scope:int -> 'a Dns.Rr_map.key -> Dns_name.t -> 'a outcome option
(** What may still be said [now] to who asks [since] then: an answer that came
    since then is good for him even if it may not be kept. *)

val add :
  t ->
  now:int64 ->
  ttl_s:int ->
  bytes:int ->
  scope:int ->
  'a Dns.Rr_map.key ->
  Dns_name.t ->
  'a outcome ->
  unit
(** [scope]: whose failure it is, if it is one; others are for all. *)
