(** Connections by endpoint, over whatever transports were put in (conduit 2.2).
    The one transport so far is TCP: [client] and [server] have no TLS and no
    vchan among their cases, whose types are of packages that are not here. *)

module Flow : Mirage_flow.S with type flow = Conduit_flow.flow

type callback = Flow.flow -> unit Lwt.t

module type Handler = sig
  type t
  type client
  type server

  val sexp_of_client : client -> Sexplib0.Sexp.t
  val client_of_sexp : Sexplib0.Sexp.t -> client
  val sexp_of_server : server -> Sexplib0.Sexp.t
  val server_of_sexp : Sexplib0.Sexp.t -> server
  val connect : t -> client -> Flow.flow Lwt.t
  val listen : t -> server -> callback -> unit Lwt.t
end

type tcp_client = [ `TCP of Ipaddr.t * int ]
type tcp_server = [ `TCP of int ]
type 'a stackv4

val stackv4 : (module Mirage_stack.V4 with type t = 'a) -> 'a stackv4

type client = tcp_client
type server = tcp_server

val sexp_of_client : client -> Sexplib0.Sexp.t
val client_of_sexp : Sexplib0.Sexp.t -> client
val sexp_of_server : server -> Sexplib0.Sexp.t
val server_of_sexp : Sexplib0.Sexp.t -> server

val client : Conduit.endp -> client Lwt.t
(** Fails with [Failure] for what a unikernel cannot connect to. *)

val server : Conduit.endp -> server Lwt.t

type conduit

module type S = sig
  type t = conduit

  val empty : t

  module With_tcp (S : Mirage_stack.V4) : sig
    val connect : S.t -> t -> t Lwt.t
  end

  val with_tcp : t -> 'a stackv4 -> 'a -> t Lwt.t
  (** The conduit with TCP over this stack. *)

  val with_tls : t -> t Lwt.t
  (** Fails with [Failure], and a sentence: there is no TLS here yet. *)

  val connect : t -> client -> Flow.flow Lwt.t
  (** Fails with [Failure], and a sentence, when there is no transport or no
      connection. *)

  val listen : t -> server -> callback -> unit Lwt.t
  (** Serves the port from now on; the promise stays pending. *)
end

include S

val of_tcp :
  connect:(Ipaddr.t * int -> Flow.flow Lwt.t) -> listen:(int -> callback -> unit) -> t
(** With a transport of another kind, as {!Conduit_mirage_v4v6} is. *)

module Context
    (_ : Mirage_random.S)
    (_ : Mirage_time.S)
    (_ : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4) : sig
  type t = Resolver_lwt.t * conduit

  val create : ?tls:bool -> S.t -> t Lwt.t
  (** A resolver that asks the network's name servers, and a conduit with TCP.
      [tls] (default false) is {!with_tls}'s. *)
end
