(** Answers of an HTTP server. *)

type producer = unit -> Cstruct.t option Lwt.t
(** The next part; [None] behind the last. Parts may be empty, and are the
    receiver's from then on. That of a request's body fails with
    {!Http_request.Bad_body} unless the whole body comes. *)

type body =
  | Whole of Cstruct.t
  | Sized of int * producer  (** of so many bytes in all *)
  | Chunked of producer  (** of a length that nobody knows before *)

type t = { status : int; headers : (string * string) list; body : body }

val text : ?status:int -> ?content_type:string -> string -> t
(** By default 200, [text/html; charset=utf-8]. *)

val error : int -> string -> t
(** An error's page: the status, its name, and a sentence. *)

type framing =
  | Bare  (** no body *)
  | Length of int
  | Chunks
  | Until_close  (** what HTTP/1.0 has for a body of unknown length *)

val framing : t -> is_1_1:bool -> framing

val head : t -> is_1_1:bool -> keep_alive:bool -> string
(** Status line and headers, the empty line included, for a request of HTTP/1.1
    or 1.0. It alone says how the body is framed and whether the connection goes
    on: of [t]'s headers, those that would are left out. *)

val wants_close : t -> bool
(** Whether its headers say [Connection: close]. *)

val fault : t -> string option
(** Why it cannot be sent: its status, or a header's name or value, that would
    be read as something else (RFC 9110, section 5.5). *)

(** {1 Pages}

    A page is an answer made once, to be sent again and again without work. *)

type page

val page : ?content_type:string -> string -> page
val of_page : page -> t

val ready : page -> Http_request.t -> Cstruct.t
(** The whole answer to a [GET] or [HEAD] of the page that closes the connection
    or is of HTTP/1.1. *)

val part : page -> string -> t
(** [part page range] is the part that a range asks for (RFC 9110, 14.2): 206,
    or 416 when there is no such part, or the whole where the range is of another
    kind than one run of bytes. *)
