(** What a server has, and its answer to a request. *)

type handler = Http_request.t -> Http_response.producer -> Http_response.t Lwt.t

type t

val create : handler -> (string * Http_response.page) list -> t
val not_found : handler

exception Connection_lost
(** The peer is gone: what a handler that was reading or writing ends with. *)

val ready_page : t -> Http_request.t -> Http_response.page option
(** The page that a plain request for one names as it is registered: most of
    what a server does. *)

val answer :
  t ->
  Http_request.t ->
  Http_response.producer ->
  failed:(exn -> unit) ->
  Http_response.t Lwt.t
(** The answer; [failed] hears of exceptions of the handler, which are answered
    with 500, and of what it answered that cannot be sent. *)
