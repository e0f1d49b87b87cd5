(** HTTP/1.1 requests (RFC 9110, 9112). *)

type body =
  | Sized of int  (** bytes; 0 when there is none *)
  | Chunked

type t = {
  meth : string;  (** ["GET"], … *)
  target : string;  (** as sent, the query included *)
  path : string Lazy.t;  (** see {!Http_target.path} *)
  host : string option;
  (** with its port, as the target says it, else the field [Host] *)
  is_1_1 : bool;  (** HTTP/1.1 or a later 1.x, not HTTP/1.0 *)
  keep_alive : bool;
  body : body;
  expects_continue : bool;
  range : string option;  (** what part is wanted *)
  headers : (string * string) list Lazy.t;  (** names in lower case *)
}

val header : t -> string -> string option
(** The value of the first header of this name, which is in lower case. *)

type refusal = { status : int; why : string }

exception Bad_body of refusal
(** What reading a body ends with when it does not come as its header said. *)

type progress =
  | Complete of t * int  (** and where in the text its header ends *)
  | Incomplete
  | Malformed of refusal

val parse : string -> int -> progress
(** [parse text position] reads the header of the request that begins there, an
    empty line before it passed over. *)

val fields_max : int
(** Fields that a request, and the trailer of a body, may have. *)

val field : string -> int -> int
(** The place behind the whole field line that begins here.
    @raise Http_syntax.Cut
    @raise Http_syntax.Bad *)
