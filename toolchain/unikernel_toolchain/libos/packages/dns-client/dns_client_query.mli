(** Questions and their answers, without input or output. *)

type 'a t

val make : id:int -> 'b Domain_name.t -> 'a Dns.Rr_map.key -> Cstruct.t * 'a t
(** The message to send, and what answers are held against. *)

type 'a answer =
  [ `Data of 'a
  | `Truncated
  | `No_data of [ `raw ] Domain_name.t * Dns.Soa.t
  | `No_domain of [ `raw ] Domain_name.t * Dns.Soa.t ]
(** Without a SOA record in the message, one of the name itself, with zeros. *)

val read : 'a t -> Cstruct.t -> ('a answer, [ `Msg of string | `Not_ours ]) result
(** [`Not_ours] answers another question: go on waiting. Aliases within the
    message are followed. *)

val ttl_s : 'a Dns.Rr_map.key -> 'a -> int32
(** How long a value may be kept. *)
