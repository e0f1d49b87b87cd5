(** TCP headers as values, for programs that look at packets. The stack's own
    path uses {!Tcp_segment}. *)

type t = {
  urg : bool;
  ack : bool;
  psh : bool;
  rst : bool;
  syn : bool;
  fin : bool;
  window : Cstruct.uint16;  (** as it stands in the header, unscaled *)
  options : Tcp_options.t list;
  sequence : Tcp_sequence.t;
  ack_number : Tcp_sequence.t;
  src_port : Cstruct.uint16;
  dst_port : Cstruct.uint16;
}

val pp : Format.formatter -> t -> unit
val equal : t -> t -> bool

module Unmarshal : sig
  type error = string

  val of_cstruct : Cstruct.t -> (t * Cstruct.t, error) result
  (** The header and a view of the payload. The checksum is not looked at. *)
end

module Marshal : sig
  type error = string

  val into_cstruct :
    pseudoheader:Cstruct.t ->
    payload:Cstruct.t ->
    t ->
    Cstruct.t ->
    (int, error) result
  (** Writes the header, with its checksum, at the start of the buffer and
      returns its length in bytes. *)

  val make_cstruct :
    pseudoheader:Cstruct.t -> payload:Cstruct.t -> t -> Cstruct.t
    (** A fresh buffer of the header alone.
        @raise Invalid_argument when the options exceed 40 bytes. *)
end
