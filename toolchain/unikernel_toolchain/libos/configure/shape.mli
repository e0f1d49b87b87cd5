(** What a compiled module offers to be started with. *)

type result =
  | Direct  (** [start] does its work and returns [unit] *)
  | Lwt  (** [start] gives a [unit Lwt.t], which the main loop runs *)

type t =
  | Effects  (** no [start]: the work is done when the module is initialised *)
  | Value of string  (** [Module.start], a [unit Lwt.t] itself *)
  | Plain of string * result  (** [Module.start : unit -> …] *)
  | Functor of string * Devices.t list * result
      (** [Module.Main (…) (…)], whose [start] takes a value per device *)
  | Given of string * Devices.t list * result
      (** [Module.start] itself, which takes the values of these devices *)

exception Unsupported of string
(** A sentence for the author of the module. *)

val of_interface : name:string -> Types.signature -> t
(** The shape of module [name]. A [start] at the top is taken first, else the one
    in the module [Main], else the one in the only module that has one.
    @raise Unsupported when there is a [start] that cannot be called. *)
