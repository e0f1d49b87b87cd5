(** Which device a functor's parameter asks for: by an interface's name, by another
    name of it, or by a signature that includes it. *)

type scope = {
  folders : string list;  (** where compiled interfaces are *)
  local : Types.signature;  (** of the module that is looked at *)
}

val device : scope -> Types.module_type -> Devices.t option
(** The device behind this module type, if there is one. *)
