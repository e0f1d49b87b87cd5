(** An HTTP/1.1 server (RFC 9110, 9112): connections that are kept, pipelined
    requests, [HEAD], ranges of pages, bodies of known length or in chunks.

    {[
      module Http = Http_server.Make (Stack)

      let start stack = Http.serve stack [ ("/", Http_response.page "<h1>Hello</h1>") ]
    ]}

    A page is found by its path, as {!Http_target.path} has it: query, host and
    encoding make no difference. What a peer may keep waiting and how much it
    may send is {!Http_limits}'. *)

type handler = Http_request.t -> Http_response.producer -> Http_response.t Lwt.t
(** Answers a request, whose body the producer gives. Without fear of strangers:
    what it may not send (a line break in a header, a status that is none) is
    answered with 500 and logged, as its exceptions are; once its answer has
    begun, an exception ends the connection with the answer visibly broken
    off. *)

val not_found : handler

module Connection (Flow : Mirage_flow.S) : sig
  val server :
    ?limits:Http_limits.t ->
    ?handler:handler ->
    (string * Http_response.page) list ->
    Flow.flow ->
    unit Lwt.t
    (** A server without a stack: serves each flow it is given, and closes it. It
        may end with {!Mirage_flow_abort.Abort}. *)
end

module Make (S : Mirage_stack.V4) : sig
  val serve :
    ?port:int ->
    ?limits:Http_limits.t ->
    ?handler:handler ->
    S.t ->
    (string * Http_response.page) list ->
    unit Lwt.t
    (** Serves these pages by their paths, and what is none of them through
        [handler] (by default: 404), on [port] (80), until the stack ends. *)
end

module Make_v6 (S : Mirage_stack.V6) : sig
  val serve :
    ?port:int ->
    ?limits:Http_limits.t ->
    ?handler:handler ->
    S.t ->
    (string * Http_response.page) list ->
    unit Lwt.t
    (** As {!Make.serve}, over IPv6. *)
end

module Make_v4v6 (S : Mirage_stack.V4V6) : sig
  val serve :
    ?port:int ->
    ?limits:Http_limits.t ->
    ?handler:handler ->
    S.t ->
    (string * Http_response.page) list ->
    unit Lwt.t
    (** As {!Make.serve}, over either. *)
end
