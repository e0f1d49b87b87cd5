(** Characters of HTTP's grammar, and how far runs of them go (RFC 9110,
    section 5.6; RFC 9112, section 2.2). *)

type kind

val token : kind
val target : kind  (** what a request target may hold: visible, and no [#] *)

val value : kind  (** of a field: visible, blanks, and bytes above 127 *)

val hexadecimal : kind
val digit : kind
val authority : kind  (** what a host with its port may hold *)

val plain_host : kind  (** what almost all hosts hold *)

exception Cut
(** The text ends here, and what is read does not. *)

exception Bad of int * string
(** The status to refuse with, and why. *)

val bad : string -> 'a
(** @raise Bad with 400. *)

val is : kind -> char -> bool
val all : kind -> string -> bool

val skip : kind -> string -> int -> int
(** The first place, from this one on, that is of another kind. *)

val char : string -> int -> char
(** @raise Cut behind the end. *)

val line_break : string -> int -> int
(** The place behind the CR LF that must be here.
    @raise Cut where the text ends.
    @raise Bad for anything else: a lone CR or LF ends no line. *)

val trimmed : string -> int -> int -> string
(** [trimmed text from until] is the text between, without blanks around it. *)

val members : string -> string list
(** Of a list with commas, in lower case. An empty member is one, too. *)
