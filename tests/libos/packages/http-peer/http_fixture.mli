(** What tests of the HTTP server start from: requests, handlers, and conversations in virtual
    time. *)

val sleep_s : int -> unit Lwt.t
val text : string -> string
val crlf : string list -> string

val get : ?version:string -> ?fields:string list -> string -> string
(** A request for a target; the server's one page is at [/] and says "hello". *)

val post : ?version:string -> ?fields:string list -> string -> string
(** A request with a body, at [/b]. *)

(** {1 Handlers} *)

val echo : Http_server.handler
(** Answers with the body, once all of it is there. *)

val stream : string list -> unit -> Cstruct.t option Lwt.t
(** Gives the parts one by one; ["!"] fails. *)

val answers : Http_response.body -> 'request -> 'body -> Http_response.t Lwt.t

(** {1 Conversations} *)

val limits : Http_limits.t

val with_server :
  ?limits:Http_limits.t ->
  ?handler:Http_server.handler ->
  ((Http_peer.t -> unit Lwt.t) -> 'a Lwt.t) ->
  'a

val conversation :
  ?limits:Http_limits.t ->
  ?handler:Http_server.handler ->
  ?window:int ->
  string list ->
  string * Http_peer.ending
(** What the server says to these pieces, and how it ends after some seconds. *)

val is_answered :
  ?limits:Http_limits.t ->
  ?handler:Http_server.handler ->
  ?ending:string ->
  with_:string ->
  string list ->
  string
(** Like {!conversation}; fails unless the answer begins so, and the connection ends so. *)

val status :
  ?limits:Http_limits.t ->
  ?handler:Http_server.handler ->
  ?ending:string ->
  int ->
  string list ->
  unit

val show_ending : Http_peer.ending -> string

(** {1 Texts} *)

val starts_with : string -> string -> bool

val index_of : string -> string -> int
(** Where a word begins in a text, or -1. *)

val contains : string -> string -> bool
val count : string -> string -> int
val body_of : string -> string
