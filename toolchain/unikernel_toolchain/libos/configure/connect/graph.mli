(** The devices of one program, each made and connected once. *)

type node = {
  device : Devices.t;
  network : string option;  (** the network that it stands on, by its purpose *)
}

type t = {
  nodes : node list;  (** every device that is needed, each after those it is made from *)
  given : node list;  (** those that [start] is given, in its order *)
  networks : string list;  (** all declared, in order *)
}

exception Unsupported of string
(** A sentence for the author of the program. *)

val make : networks:string list -> Devices.t list -> t
(** [make ~networks devices] is the graph for a [start] that is given [devices]. Where
    several of them are of one kind, the first stands on the first network, the second
    on the second, and so on. Without [networks], there is one called {!default} if a
    device needs it.
    @raise Unsupported when there are too few networks. *)

val default : string
(** ["service"] *)

val parameters : node -> node list
(** What a node's functor is applied to. *)

val arguments : node -> node list
(** What a node is connected with. *)
