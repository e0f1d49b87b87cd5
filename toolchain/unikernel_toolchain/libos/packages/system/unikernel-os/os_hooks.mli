(** What libraries want done around the main loop. In every list the hook
    registered last runs first. *)

val at_exit : (unit -> unit Lwt.t) -> unit
(** Runs when the program exits, one after another; failures are swallowed. *)

val at_enter_iter : (unit -> unit) -> unit
(** Runs at the beginning of every iteration of the main loop. *)

val at_leave_iter : (unit -> unit) -> unit
(** Runs at the end of every iteration of the main loop. *)

val run_exit_hooks : unit -> unit Lwt.t
val run_enter_iter_hooks : unit -> unit
val run_leave_iter_hooks : unit -> unit
