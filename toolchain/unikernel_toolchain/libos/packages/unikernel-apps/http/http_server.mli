(** An HTTP/1.1 server (RFC 9110, 9112): connections that are kept, pipelined
    requests, [HEAD], ranges of pages, bodies of known length or in chunks.

    {[
      module Http = Http_server.Make (Stack)

      let start stack = Http.serve stack [ ("/", Http_response.page "<h1>Hello</h1>") ]
    ]}

    A connection may be idle for as long as its peer is there: one that has said
    nothing for a minute is asked, and after another minute without an answer
    its connection ends. *)

type handler = Http_request.t -> Http_response.producer -> Http_response.t Lwt.t
(** Answers a request, whose body the producer gives. *)

val not_found : handler

module Make (S : Mirage_stack.V4) : sig
  val serve :
    ?port:int ->
    ?handler:handler ->
    S.t ->
    (string * Http_response.page) list ->
    unit Lwt.t
  (** Serves these pages by their targets, and what is none of them through
      [handler] (by default: 404), on [port] (80), until the stack ends. An
      exception of [handler] is answered with 500. *)
end

module Make_v6 (S : Mirage_stack.V6) : sig
  val serve :
    ?port:int ->
    ?handler:handler ->
    S.t ->
    (string * Http_response.page) list ->
    unit Lwt.t
  (** As {!Make.serve}, over IPv6. *)
end
