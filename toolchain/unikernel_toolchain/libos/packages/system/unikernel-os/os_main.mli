(** The main loop. *)

val run : unit Lwt.t -> unit
(** [run promise] serves timers, devices and paused promises until [promise]
    resolves; the processor halts while there is nothing to do. Raises what
    [promise] was rejected with. What the program has printed is flushed before
    every wait. The exit hooks run when the program exits. *)

val wait_for_work_on_handle : int64 -> unit Lwt.t
(** See {!Os_handles.wait_for_work_on_handle}. *)
