(** What a connection receives: headers of requests, then their bodies. *)

module Make (Flow : Mirage_flow.S) : sig
  type t

  val create : Flow.flow -> t

  val request : t -> Http_request.progress
  (** The next request in what was received so far; it is taken out. *)

  val more : t -> bool Lwt.t
  (** Receives more for a request that is not whole; false when the peer closed
      or failed. *)

  val is_too_long : t -> bool
  (** Whether the header is longer than a server reads: 16 KiB. *)

  val body : t -> Http_request.body -> Http_response.producer
  (** The body of the request taken out last. It ends early when the peer
      closes. *)

  val is_broken : t -> bool
  (** Whether a body did not come as its header said: nothing can follow it. *)
end
