(** UDP headers (RFC 768). *)

type t = { src_port : Cstruct.uint16; dst_port : Cstruct.uint16 }

val pp : Format.formatter -> t -> unit
val equal : t -> t -> bool

module Unmarshal : sig
  type error = string

  val of_cstruct : Cstruct.t -> (t * Cstruct.t, error) result
  (** The header and a view of exactly its payload. The checksum needs the IP
      addresses: see {!checksum_ok}. *)

  val checksum_ok : pseudoheader:Cstruct.t -> Cstruct.t -> bool
  (** Whether the checksum of this packet, as long as its header says, is
      right or absent. *)
end

module Marshal : sig
  type error = string

  val into_cstruct :
    pseudoheader:Cstruct.t -> payload:Cstruct.t -> t -> Cstruct.t -> (unit, error) result
  (** Writes the header, with its checksum. *)

  val make_cstruct : pseudoheader:Cstruct.t -> payload:Cstruct.t -> t -> Cstruct.t
  (** Just the header.
      @raise Invalid_argument when the payload is longer than 65,527 bytes. *)

  val into_cstruct_partial :
    pseudoheader:Cstruct.t -> payload_len:int -> t -> Cstruct.t -> (unit, error) result
    (** Writes the header with the sum over the pseudo-header alone, for a
        device that completes it. *)
end
