(** Answers to [HEAD] (RFC 9110, section 9.3.2): cohttp's server sends the body
    that an application gives, which the peer takes for its next answer. *)

val answer :
  Cohttp.Request.t ->
  Cohttp.Response.t * Cohttp_lwt.Body.t ->
  Cohttp.Response.t * Cohttp_lwt.Body.t
(** The response, without body where the request is a [HEAD]. Its length stays
    said; that it would come in chunks is left out. *)
