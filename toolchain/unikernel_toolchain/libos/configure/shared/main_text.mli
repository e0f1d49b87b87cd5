(** The parts of a main module, as text that a person can read. The compiler checks it like
    anything else, so this needs to be right about names only. It stands behind
    [open Lwt.Infix]. *)

val begins : string
(** Declares [begins], which tells that the application starts: what [start]s expect. *)

val force : string
(** Declares [force], which {!values} and {!start} expect. *)

val modules : Device_graph.node list -> string
(** Applies functors, those of a name once. *)

val values : explained:bool -> Device_graph.node list -> string
(** Defines a lazy promise of each connected node's value. Forcing it forces what the node is
    connected with, in order, before it awaits any of that: so they may start side by side.
    Where it is [explained], a failure of a device that one of the application's own modules
    waits for is told by [Boot_keys.explain]. *)

val start : explained:bool -> Device_graph.node -> string
(** The expression that {!values} makes lazy. *)
