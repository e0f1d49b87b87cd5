(** TCP options (RFC 9293 section 3.2, RFC 7323, RFC 2018). *)

type t =
  | Noop
  | MSS of int
  | Window_size_shift of int
  | SACK_ok
  | SACK of (int32 * int32) list
  | Timestamp of int32 * int32  (** value, echo reply *)
  | Unknown of int * string  (** kind and contents *)

val equal : t -> t -> bool

val lenv : t list -> int
(** Bytes they take, padded to a multiple of 4. *)

val marshal : Cstruct.t -> t list -> int
(** Writes them at the start of the buffer, padded; returns {!lenv}.
    @raise Invalid_argument when the buffer is shorter. *)

val unmarshal : Cstruct.t -> (t list, string) result
val pp : Format.formatter -> t -> unit
val pps : Format.formatter -> t list -> unit

val scan :
  Cstruct.t -> (kind:int -> Cstruct.t -> (unit, string) result) ->
  (unit, string) result
(** Visits the contents of each option before the end-of-list, without its
    kind and length; kind 1 has none. Stops at the first error, its own
    being a length that leaves the buffer. *)
