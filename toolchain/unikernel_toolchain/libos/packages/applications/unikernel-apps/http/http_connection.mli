(** One connection of an HTTP server, over any pair of a way in and a way out. *)

type peer = {
  receive : unit -> Cstruct.t option Lwt.t;  (** [None] once nothing comes *)
  send : Cstruct.t list -> bool Lwt.t;  (** false when nothing can be sent *)
  close : unit -> unit Lwt.t;  (** after what was sent *)
}

val serve : Http_guard.t -> Http_site.t -> peer -> unit Lwt.t
(** Serves requests until the connection ends.
    @raise Mirage_flow_abort.Abort when it has to be reset. *)
