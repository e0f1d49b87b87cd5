(** HTTP/1.1 requests (RFC 9112). *)

type body =
  | Sized of int  (** bytes; 0 when there is none *)
  | Chunked

type t = {
  meth : string;  (** ["GET"], … *)
  target : string;  (** as sent, the query included *)
  keep_alive : bool;
  body : body;
  expects_continue : bool;
  range : string option;  (** what part is wanted *)
  headers : (string * string) list Lazy.t;  (** names in lower case *)
}

val header : t -> string -> string option
(** The value of the first header of this name, which is in lower case. *)

type progress =
  | Complete of t * int  (** and where in the text its header ends *)
  | Incomplete
  | Malformed of string  (** why, for the answer *)

val parse : string -> int -> progress
(** [parse text position] reads the header of the request that begins there. *)
