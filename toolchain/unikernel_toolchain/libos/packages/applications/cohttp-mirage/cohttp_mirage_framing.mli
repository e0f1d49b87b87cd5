(** Whether messages are framed so that cohttp, and whoever stands between it and
    its peer, see the same ones (RFC 9112, sections 5 to 8 and 11.2): cohttp takes
    what it does not understand for no body, and a body that breaks off for a whole
    one. *)

type kind = Request | Response
type t

val create : kind -> t

val line : t -> string option -> unit
(** A line was read, or the end of the stream in place of one: of a message's
    header, of a chunk's size or end, of a trailer.
    @raise Http_request.Bad_body *)

val ended : t -> unit
(** The stream has ended where bytes of a body were to be read.
    @raise Http_request.Bad_body *)

val is_in_header : t -> bool
val has_begun : t -> bool
(** Some of the header is there. *)

val next : t -> unit
(** Another message is read from here on. *)
