(** The devices of one program, each made and connected once. *)

type places = (string * string list) list
(** By kind ("net", "block"), the names of the image's devices, in order. *)

type node = {
  device : Devices.t;
  place : string option;
  (** the network or block device that it stands on, by its purpose *)
}

type t = {
  nodes : node list;  (** every device that is needed, each after those it is made from *)
  given : node list;  (** those that [start] is given, in its order *)
  places : places;  (** all declared, or needed *)
}

exception Unsupported of string
(** A sentence for the author of the program. *)

val make : places:places -> Devices.t list -> t
(** [make ~places devices] is the graph for a [start] that is given [devices]. Where
    several of them are of one row, the first stands on the first network or block
    device, the second on the second, and so on. Where none is declared and one needed,
    there is a network called ["service"], a block device called ["storage"].
    @raise Unsupported when there are too few. *)

val of_kind : string -> places -> string list

val parameters : node -> node list
(** What a node's functor is applied to. *)

val arguments : node -> node list
(** What a node is connected with. *)
