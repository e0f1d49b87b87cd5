(** Waiting for events (OS.Activations). *)

type event

val program_start : event
(** Before all events. *)

val after : Os_eventchn.t -> event -> event Lwt.t
(** Resolves when an event of the port is there that is later than this one, with it. *)

val wait : Os_eventchn.t -> unit Lwt.t
(** Resolves at the port's next event. *)

val run : Os_eventchn.handle -> unit
(** Nothing: the main loop looks for events. *)

val resume : unit -> unit
val dump : unit -> unit
