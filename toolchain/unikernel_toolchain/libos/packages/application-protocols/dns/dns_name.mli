(** Names inside DNS messages (RFC 1035, section 4.1.4). *)

type t = [ `raw ] Domain_name.t

val parse : Cstruct.t -> int -> (t * int, string) result
(** [parse message offset] is the name there and the offset behind it. Each
    compression pointer must lead further back than all before it, so that no
    message makes this loop; the name has at most 255 octets. *)

val to_octets : t -> string
(** Without compression. *)
