(** ICMP messages (RFC 792; next-hop MTU: RFC 1191). *)

type subheader =
  | Id_and_seq of Cstruct.uint16 * Cstruct.uint16
  | Next_hop_mtu of Cstruct.uint16
  | Pointer of Cstruct.uint8
  | Address of Ipaddr.V4.t
  | Unused

type t = { code : Cstruct.uint8; ty : Icmpv4_wire.ty; subheader : subheader }

val pp : Format.formatter -> t -> unit
val equal : t -> t -> bool

module Unmarshal : sig
  type error = string

  val subheader_of_cstruct : Icmpv4_wire.ty -> Cstruct.t -> subheader
  (** From the 4 bytes at the start of the buffer. *)

  val of_cstruct : Cstruct.t -> (t * Cstruct.t, error) result
  (** The header and a view of its payload. An error for unknown types and a
      wrong checksum. *)
end

module Marshal : sig
  type error = string

  val into_cstruct : t -> Cstruct.t -> payload:Cstruct.t -> (unit, error) result
  (** Writes the header, with the checksum over [payload] too. *)

  val make_cstruct : t -> payload:Cstruct.t -> Cstruct.t
  (** Just the header. *)
end
