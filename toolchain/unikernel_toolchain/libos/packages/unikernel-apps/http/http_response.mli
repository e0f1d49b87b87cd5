(** Answers of an HTTP server. *)

type producer = unit -> Cstruct.t option Lwt.t
(** The next part; [None] behind the last. A part may not be empty, and is the
    receiver's from then on. *)

type body =
  | Whole of Cstruct.t
  | Sized of int * producer  (** of so many bytes in all *)
  | Chunked of producer  (** of a length that nobody knows before *)

type t = { status : int; headers : (string * string) list; body : body }

val text : ?status:int -> ?content_type:string -> string -> t
(** By default 200, [text/html; charset=utf-8]. *)

val error : int -> string -> t
(** An error's page: the status, its name, and a sentence. *)

val head : t -> keep_alive:bool -> string
(** Status line and headers, the empty line included. Says the body's length, or
    that it comes in chunks. *)

(** {1 Pages}

    A page is an answer made once, to be sent again and again without work. *)

type page

val page : ?content_type:string -> string -> page
val of_page : page -> t

val ready : page -> Http_request.t -> Cstruct.t
(** The whole answer to a [GET] or [HEAD] of the page. *)

val part : page -> string -> t
(** [part page range] is the part that a range asks for (RFC 9110, 14.2): 206,
    or 416 when there is no such part, or the whole where the range is of another
    kind than one run of bytes. *)
