(** What a connection has received and nobody has taken yet. *)

type t

val create : header_bytes:int -> (unit -> Cstruct.t option Lwt.t) -> t
(** Received by this function, which gives [None] once nothing comes any more. *)

val request : t -> Http_request.progress
(** The next request in what was received so far; it is taken out. *)

val more : t -> bool Lwt.t
(** Receives more for a request that is not whole; false when nothing comes. *)

val is_empty : t -> bool

val too_long : t -> Http_request.refusal option
(** Why the header of a request that is not whole is too long to wait for. *)

val some : t -> int -> Cstruct.t option Lwt.t
(** At least one byte and at most so many; [None] when nothing comes. *)

val line : t -> max_bytes:int -> string option Lwt.t
(** The bytes up to and with the next line feed; [None] when nothing comes, and
    when there are more of them. *)
