(** The devices that a program can ask for: what stands behind each interface of
    MirageOS 3.9, and what that is made from. *)

type value =
  | Unit  (** the device has no state: [start] receives [()] *)
  | Connected of string
  (** [start] receives what this expression resolves to. In it, [$module] is the
      device's module, [$arguments] are the values of {!t.arguments}, [$keys] is
      what {!t.keys} declared, and [$device] the name of the image's device. *)

type t = {
  name : string;  (** of the generated value and, capitalised, of its module *)
  interfaces : string list;  (** the module types that it implements *)
  kind : string option;  (** of the devices of an image, which one it drives *)
  value_type : string option;  (** of a plain [start]'s parameter that asks for it *)
  implementation : string;  (** a module, or a functor *)
  parameters : string list;  (** names of the devices that the functor is applied to *)
  arguments : string list;  (** names of the devices that connecting takes *)
  keys : string option;  (** the module whose [declare] declares its boot keys *)
  value : value;
}

val implementing : string -> t option
(** [implementing "Mirage_time.S"] is the device with this module type. *)

val of_type : string -> t option
(** [of_type "Stack.t"] is the device whose value has this type. *)

val named : string -> t
(** @raise Not_found for a name that is not in the table. *)

val kind_under : t -> string option
(** The kind of device of an image that it drives, or stands on. *)

val exclude : t -> t -> bool
(** Whether both would take the same packets of one network. *)

val on_one_stack : t list -> t list
(** What a program asks for, with what stands on a stack of its own put on the
    stack of both families where there is one among them. *)

val interfaces : string list
(** All the module types that {!implementing} knows. *)

val value_types : string list
(** All the types that {!of_type} knows. *)
