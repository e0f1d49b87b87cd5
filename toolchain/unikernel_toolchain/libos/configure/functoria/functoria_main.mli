(** The text of the main module of an application that config.ml registered. *)

val text : prelude:string -> Functoria.Info.t -> Functoria_graph.t -> string
(** [prelude] opens [Lwt.Infix] and defines [run], which has a promise run. What devices
    [configure] adds to the main module stands before their own part of it. *)
