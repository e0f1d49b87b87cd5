(** The other end of a server's connection, in memory. *)

type t

val create : ?window:int -> unit -> t
(** A peer that takes [window] bytes (default: all) until it {!takes} more. *)

val connect : (t -> unit Lwt.t) -> t -> unit
(** Gives the connection to a server's function. *)

val says : t -> string -> unit
val finishes : t -> unit
val takes : t -> int -> unit

val heard : t -> string
(** All that the server sent. *)

type ending = Open | Closed | Reset | Raised of exn

val ending : t -> ending
(** Of the server's side; closed once the peer took all of it. *)

module Flow : Mirage_flow.S with type flow = t

module Server : sig
  val server :
    ?limits:Http_limits.t ->
    ?handler:Http_server.handler ->
    (string * Http_response.page) list ->
    t ->
    unit Lwt.t
end
