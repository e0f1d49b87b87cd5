(** The main module of an application: sets the boot milestones, reads the boot keys,
    connects the devices, calls [start] and runs the main loop where there is one. *)

type t = {
  text : string;  (** OCaml *)
  networks : string list;  (** those declared, or the one that the program needs *)
}

val make : networks:string list -> keys:bool -> Shape.t -> t
(** With [keys], boot keys are read whatever the devices are.
    @raise Graph.Unsupported when the devices cannot be had. *)
