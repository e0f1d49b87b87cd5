(** Segments as the state machine takes and gives them. Combinations of flags
    that no state accepts (none at all, SYN with FIN or RST) cannot be
    written, and do not parse. *)

type control =
  | Plain
  | Syn
  | Fin
  | Reset

type timestamps = { value : int; echo : int }
(** Both 0 to 2{^32} - 1; [echo] counts only in segments that acknowledge. *)

type options = {
  mss : int option;  (** bytes of payload *)
  window_shift : int option;  (** 0 to 14 *)
  sack_permitted : bool;
  timestamps : timestamps option;
  sack : (Tcp_sequence.t * Tcp_sequence.t) list;
  (** first byte, byte after the last; at most 4, or 3 with timestamps *)
}

type t = {
  source_port : int;
  destination_port : int;
  sequence : Tcp_sequence.t;
  acknowledgement : Tcp_sequence.t option;
  control : control;
  push : bool;
  window : int;  (** 0 to 65,535, as it stands in the header, unscaled *)
  options : options;
}

val no_options : options

val parse : Cstruct.t -> (t * Cstruct.t, string) result
(** Header and a view of the payload. The checksum is not looked at. *)

val header_length : t -> int
(** In bytes, options included: 20 to 60. *)

val write : t -> Cstruct.t -> unit
(** Writes the header at the start of the buffer, the checksum field 0.
    @raise Invalid_argument when it is shorter than {!header_length}. *)

val sequence_length : t -> payload:int -> int
(** Sequence numbers that a segment of so many payload bytes takes. *)

val pp : Format.formatter -> t -> unit
