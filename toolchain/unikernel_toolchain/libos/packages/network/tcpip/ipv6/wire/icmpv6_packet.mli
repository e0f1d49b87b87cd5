(** ICMPv6 messages (RFC 4443) and those of neighbour discovery (RFC 4861). *)

type prefix = Ndp_options.prefix = {
  prefix : Ipaddr.V6.Prefix.t;
  on_link : bool;
  autonomous : bool;
  valid_s : int32;  (** unsigned; all ones is for ever *)
  preferred_s : int32;
}

type router_advertisement = {
  hop_limit : int;  (** 0: unspecified *)
  preference : int;  (** -1, 0 or 1 (RFC 4191) *)
  router_lifetime_s : int;
  reachable_ms : int32;  (** unsigned; 0: unspecified, as the next *)
  retrans_ms : int32;
  options : Ndp_options.t;
}

type neighbour_advertisement = {
  router : bool;
  solicited : bool;
  override : bool;
  about : Ipaddr.V6.t;
  mac : Macaddr.t option;
}

type t =
  | Echo_request of int32 * Cstruct.t  (** identifier with sequence, data *)
  | Echo_reply of int32 * Cstruct.t
  | Router_solicitation of Macaddr.t option
  | Router_advertisement of router_advertisement
  | Neighbour_solicitation of {
      target : Ipaddr.V6.t;
      sender : Macaddr.t option;
      nonce : string option;
    }
  | Neighbour_advertisement of neighbour_advertisement
  | Other of int * int * int32 * Cstruct.t  (** type, code, 4 bytes, data *)

val pp : Format.formatter -> t -> unit
val equal : t -> t -> bool

val checksum_ok : src:Ipaddr.V6.t -> dst:Ipaddr.V6.t -> Cstruct.t -> bool

val parse : hop_limit:int -> Cstruct.t -> (t, string) result
(** The checksum is not looked at. Neighbour discovery comes from the link
    itself, with a hop limit of 255, or is an error. *)

val marshal : src:Ipaddr.V6.t -> dst:Ipaddr.V6.t -> t -> Cstruct.t list
(** Header, with its checksum, and data. *)
