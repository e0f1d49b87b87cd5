(** The main module of an application: sets the boot milestones, connects the
    devices, calls [start] and runs the main loop where there is one. *)

val text : Shape.t -> string
