(** What a request's fields say of its body and its connection (RFC 9110,
    sections 7.2, 7.6.1, 8.6 and 10.1.1; RFC 9112, section 6). *)

type t = {
  mutable closes : bool;
  mutable keeps : bool;
  mutable lengths : string;  (** as sent, [""] when there is none *)
  mutable codings : string list;
  mutable continue : bool;
  mutable expects_other : bool;
  mutable range : string option;
  mutable host : string option;
}

val create : unit -> t

val read_field : t -> string -> int -> colon:int -> ending:int -> unit
(** [read_field t text start ~colon ~ending] takes the field line there into account.
    @raise Http_syntax.Bad *)

val length : t -> is_1_1:bool -> int option
(** Of the body, in bytes; [None] when it comes in chunks.
    @raise Http_syntax.Bad *)
