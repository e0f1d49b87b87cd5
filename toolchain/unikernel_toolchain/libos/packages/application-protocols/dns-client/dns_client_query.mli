(** Questions and their answers, without input or output. *)

type 'a t

val make : id:int -> 'b Domain_name.t -> 'a Dns.Rr_map.key -> Cstruct.t * 'a t
(** The message to send, and what answers are held against. *)

type 'a answer =
  [ `Data of 'a
  | `No_data of [ `raw ] Domain_name.t * Dns.Soa.t
  | `No_domain of [ `raw ] Domain_name.t * Dns.Soa.t
  | `Alias of Dns_name.t  (** has to be asked for: the message ends with it *)
  | `Truncated ]
(** Without a SOA record in the message, one of the name itself, with zeros. *)

val read : 'a t -> Cstruct.t -> ('a answer * int, [ `Msg of string | `Not_ours ]) result
(** An answer and for how many seconds it may be kept: the smallest time to live
    on the way to it, at most {!longest_s}; for one that says no, what its zone
    grants (RFC 2308, section 5), at most {!longest_negative_s}.

    [`Not_ours] answers another question, or nobody's (RFC 5452, section 9.1): go
    on waiting. [`Msg] is this server's word, malformed, an error, aliases that
    lead in a ring, or records of other names only. *)

val longest_s : int
val longest_negative_s : int
