(** Headers of Ethernet II frames. *)

type t = {
  source : Macaddr.t;
  destination : Macaddr.t;
  ethertype : Mirage_protocols.Ethernet.proto;
}

type error = string

val pp : Format.formatter -> t -> unit
val equal : t -> t -> bool

module Unmarshal : sig
  val of_cstruct : Cstruct.t -> (t * Cstruct.t, error) result
  (** The header and a view of the payload, padding included. A tag with the VLAN
      0 (IEEE 802.1Q) is passed over. An error for a short frame, for other tags and
      for other ethertypes than those of [t]. *)
end

module Marshal : sig
  val into_cstruct : t -> Cstruct.t -> (unit, error) result
  (** An error when the buffer is shorter than the header. *)

  val make_cstruct : t -> Cstruct.t
end
