(** One request and its answer: the body in, on demand, and the answer out. *)

type out = {
  write : Cstruct.t list -> unit Lwt.t;  (** fails with {!Http_site.Connection_lost} *)
  failed : exn -> unit;  (** hears why an answer broke off *)
}

type t

val create : Http_limits.t -> Http_input.t -> out -> Http_request.t -> t

val producer : t -> Http_response.producer
(** The request's body. Whoever expects [100 Continue] is told to go on when it
    is first asked for (RFC 9110, section 10.1.1). *)

val prepare : t -> Http_response.t -> bool Lwt.t
(** Before the answer: whether the connection can go on behind it. *)

val send : t -> Http_response.t -> keeps:bool -> bool Lwt.t
(** Whether the whole answer went out, in as many bytes as it said. *)

val is_until_close : t -> bool
(** Whether only the connection's end shows where the answer ends. *)

val drain : t -> bool Lwt.t
(** Passes over what nobody read of the body; false when it is too much, or
    does not come. *)

val has_all_come : t -> bool
(** The whole body. *)

val finish : t -> unit
(** The producer gives nothing any more. *)
