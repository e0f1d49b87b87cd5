(** IPv6 packets (RFC 8200): the header and what its extensions say. *)

type t = {
  src : Ipaddr.V6.t;
  dst : Ipaddr.V6.t;
  hop_limit : int;
  next_header : int;  (** of the payload, be it an extension *)
}

val pp : Format.formatter -> t -> unit
val equal : t -> t -> bool

module Unmarshal : sig
  val of_cstruct : Cstruct.t -> (t * Cstruct.t, string) result
  (** The header and a view of exactly its payload. *)
end

module Marshal : sig
  val into_cstruct : payload_len:int -> t -> Cstruct.t -> (unit, string) result
  (** Writes the header at the start of the buffer. An error when length or
      buffer do not fit. *)

  val make_cstruct : payload_len:int -> t -> Cstruct.t
  (** @raise Invalid_argument for a payload above 65,535 bytes. *)

  val pseudoheader : src:Ipaddr.V6.t -> dst:Ipaddr.V6.t -> proto:int -> int -> Cstruct.t
  (** For the checksum of a transport packet of so many bytes. *)
end

(** What is left when the extension headers are taken off. *)
type content =
  | Transport of int * Cstruct.t  (** protocol and payload *)
  | Fragment of fragment
  | Nothing  (** "no next header" *)

and fragment = {
  id : int32;
  offset : int;  (** in bytes *)
  last : bool;
  protocol : int;  (** the next header, be it an extension *)
  piece : Cstruct.t;
}

type problem = {
  code : int;  (** of an ICMPv6 "parameter problem" (RFC 4443, section 3.4) *)
  pointer : int;
  to_groups : bool;  (** whether to say so even if a group was addressed *)
}

type refusal = { why : string; problem : problem option }

val max_extensions : int

val content : first:int -> Cstruct.t -> (content, refusal) result
(** [content ~first payload] takes the headers off, [first] being the type of
    the first. An error for malformed headers, for more than
    {!max_extensions}, for options that ask to be discarded when unknown, for
    source routes (RFC 5095), and for fragments that can be part of no packet.
*)

val first_fragment : fragment -> (unit, refusal) result
(** Of the fragment at offset 0: that it has all headers. *)

val router_alert : first:int -> Cstruct.t -> bool
(** Whether the hop-by-hop options have a router alert (RFC 2711). *)
