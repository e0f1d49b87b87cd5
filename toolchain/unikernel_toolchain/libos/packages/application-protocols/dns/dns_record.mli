(** Resource records (RFC 1035, section 3.2; AAAA: RFC 3596; SRV: RFC 2782). *)

type name = Dns_name.t

type soa = {
  nameserver : name;
  hostmaster : name;
  serial : int32;
  refresh : int32;
  retry : int32;
  expiry : int32;
  minimum : int32;
}

type data =
  | A of Ipaddr.V4.t
  | Aaaa of Ipaddr.V6.t
  | Cname of name
  | Ns of name
  | Ptr of name
  | Mx of int * name  (** preference *)
  | Srv of { priority : int; weight : int; port : int; target : name }
  | Txt of string list
  | Soa of soa
  | Other of { kind : int; klass : int; octets : string }

type t = { name : name; ttl : int32; data : data }

val kind : data -> int
val pp : Format.formatter -> t -> unit
val equal : t -> t -> bool

val parse : Cstruct.t -> int -> (t * int, string) result
(** [parse message offset] is the record there and the offset behind it. *)

val to_octets : t -> string
(** Without compression. *)
