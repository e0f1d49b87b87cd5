(** Xenstore for programs (OS.Xs). Each request is answered before anything else runs: the store
    is a page of memory away. *)

include Xs_client_lwt.S
(** [watch] and [unwatch] have no effect: nobody could be told, and {!wait} sets its own.
    [introduce], [set_target], [restrict] and [debug] are a toolstack's and fail. [suspend] and
    [resume] have nothing to do: the platform keeps watches through both. *)
