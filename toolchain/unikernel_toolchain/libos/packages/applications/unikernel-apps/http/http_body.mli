(** Bodies of requests, as their framing has them (RFC 9112, sections 6 and 7). *)

type t

val create : Http_limits.t -> Http_input.t -> Http_request.body -> t

val next : t -> Cstruct.t option Lwt.t
(** The next part; [None] behind the last. Fails with
    {!Http_request.Bad_body} when the body is malformed, longer than the limits
    have it, or ends before its time; and then again at each call. *)

val is_over : t -> bool
(** Whether all of it has come. *)

val is_broken : t -> bool
(** Whether it failed: nothing can follow it. *)

val known_left : t -> int
(** How many bytes are surely still to come: of the whole body, or of a chunk. *)
