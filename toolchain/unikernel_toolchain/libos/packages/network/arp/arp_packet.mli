(** ARP packets for IPv4 over Ethernet (RFC 826). *)

type op = Request | Reply

val op_to_int : op -> int
val int_to_op : int -> op option

type t = {
  operation : op;
  source_mac : Macaddr.t;
  source_ip : Ipaddr.V4.t;
  target_mac : Macaddr.t;
  target_ip : Ipaddr.V4.t;
}

val size : int
(** Bytes on the wire, without Ethernet's padding. *)

val pp : Format.formatter -> t -> unit
val equal : t -> t -> bool

type error =
  | Too_short
  | Unusable  (** not IPv4 over Ethernet *)
  | Unknown_operation of Cstruct.uint16

val pp_error : Format.formatter -> error -> unit
val decode : Cstruct.t -> (t, error) result
val encode : t -> Cstruct.t

val encode_into : t -> Cstruct.t -> unit
(** @raise Invalid_argument when the buffer is shorter than {!size}. *)
