(** IPv4 headers (RFC 791). *)

type t = {
  src : Ipaddr.V4.t;
  dst : Ipaddr.V4.t;
  id : Cstruct.uint16;
  off : Cstruct.uint16;  (** flags and fragment offset, as on the wire *)
  ttl : Cstruct.uint8;
  proto : Cstruct.uint8;
  options : Cstruct.t;  (** at most 40 bytes, a multiple of 4 *)
}

val pp : Format.formatter -> t -> unit
val equal : t -> t -> bool

type protocol = [ `ICMP | `TCP | `UDP ]

module Unmarshal : sig
  type error = string

  val int_to_protocol : int -> protocol option

  val of_cstruct : Cstruct.t -> (t * Cstruct.t, error) result
  (** The header and a view of exactly its payload. An error unless version,
      lengths and the header's checksum are right. *)

  val header_of_cstruct : Cstruct.t -> (t * int, error) result
  (** The header and its length, from a buffer that need not hold all of the
      packet (an ICMP message quotes only its beginning). The checksum is not
      looked at. *)

  val verify_transport_checksum :
    proto:[ `TCP | `UDP ] -> ipv4_header:t -> transport_packet:Cstruct.t -> bool
    (** Also true for a UDP packet sent without checksum. *)
end

module Marshal : sig
  type error = string

  val protocol_to_int : protocol -> Cstruct.uint16

  val pseudoheader :
    src:Ipaddr.V4.t -> dst:Ipaddr.V4.t -> proto:protocol -> int -> Cstruct.t
  (** For the checksum of a transport packet of so many bytes. *)

  val into_cstruct : payload_len:int -> t -> Cstruct.t -> (unit, error) result
  (** Writes the header, with its checksum, at the start of the buffer. An
      error when options, length or buffer do not fit. *)

  val make_cstruct : payload_len:int -> t -> Cstruct.t
  (** Just the header.
      @raise Invalid_argument when options or length do not fit. *)
end
