(** Messages out of a TCP stream (RFC 1035, section 4.2.2; RFC 7766, section 8):
    each with its length in front, in pieces of any size. *)

type t

val create : unit -> t
val add : t -> Cstruct.t -> unit

val next : t -> Cstruct.t option
(** The next message, once all of it is there. *)
