(** Options of neighbour discovery (RFC 4861, section 4.6; RFC 4191; RFC 8106;
    RFC 3971, section 5.3.2, as RFC 7527 uses it). *)

type prefix = {
  prefix : Ipaddr.V6.Prefix.t;
  on_link : bool;
  autonomous : bool;
  valid_s : int32;  (** unsigned; all ones is for ever *)
  preferred_s : int32;
}

type route = {
  destination : Ipaddr.V6.Prefix.t;
  preference : int;  (** -1, 0 or 1 *)
  lifetime_s : int32;  (** as [valid_s] *)
}

type t = {
  source : Macaddr.t option;  (** not a group's *)
  target : Macaddr.t option;
  prefixes : prefix list;
  mtu : int option;
  routes : route list;
  name_servers : (Ipaddr.V6.t * int32) list;  (** with lifetimes as [valid_s] *)
  nonce : string option;
}

val none : t

val parse : Cstruct.t -> (t, string) result
(** An option of length 0 or cut off is an error of the whole; one that is
    unknown or says nothing sensible is left out. *)

val marshal : t -> Cstruct.t list

val preference_of : int -> int option
(** Of an octet with the two bits of RFC 4191, section 2.1; [None] for the
    value that is reserved. *)

val preference_bits : int -> int
