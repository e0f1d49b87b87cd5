(** The main module of an application: sets the boot milestones, reads the boot keys,
    connects the devices, calls [start] and runs the main loop where there is one. *)

type t = {
  text : string;  (** OCaml *)
  places : Graph.places;  (** those declared, or the one that the program needs *)
}

val make : places:Graph.places -> keys:bool -> Shape.t -> t
(** With [keys], boot keys are read whatever the devices are.
    @raise Graph.Unsupported when the devices cannot be had. *)
