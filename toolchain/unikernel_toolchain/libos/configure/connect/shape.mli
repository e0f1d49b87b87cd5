(** What a compiled module offers to be started with. *)

type result =
  | Direct  (** [start] does its work and returns [unit] *)
  | Lwt  (** [start] gives a [unit Lwt.t], which the main loop runs *)
  | Lwt_of_any  (** a promise of a value that nobody asks for *)

type t =
  | Effects  (** no [start]: the work is done when the module is initialised *)
  | Value of string * result  (** [Module.start], a promise itself *)
  | Plain of string * result  (** [Module.start : unit -> …] *)
  | Functor of string * Devices.t list * result
  (** [Module.Main (…) (…)], whose [start] takes a value per device *)
  | Given of string * Devices.t list * result
  (** [Module.start] itself, which takes the values of these devices *)

exception Unsupported of string
(** A sentence for the author of the module. *)

val of_interface : folders:string list -> name:string -> Types.signature -> t
(** The shape of module [name]. A [start] at the top is taken first, else the one
    in the module [Main], else the one in the only module that has one. Interfaces of
    other modules are in [folders].
    @raise Unsupported when there is a [start] that cannot be called. *)

val check_effects : Types.signature -> Effects.t -> unit
(** To be asked of a module whose shape is [Effects].
    @raise Unsupported when it would do nothing. *)
