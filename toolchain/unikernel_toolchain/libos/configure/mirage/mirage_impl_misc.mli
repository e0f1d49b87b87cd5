(** What the devices of {!Mirage} are made with. *)

open Functoria

val device :
  ?packages:package list ->
  ?keys:key list ->
  ?deps:abstract_impl list ->
  ?configure:(Info.t -> (unit, Rresult.R.msg) result) ->
  ?connect:(Info.t -> string -> string list -> string) ->
  ?module_name:string ->
  string ->
  'a typ ->
  'a impl
(** [device name typ] is the device of this name; two with one name, the same [keys] and [deps]
    are one. Without [connect] it has no state, [start] is given [()]. Without [module_name] it
    is no module, and only a job or a value. *)

val unserved : string -> 'a typ -> string -> 'a impl
(** [unserved name typ why] is a device with which an application cannot be configured, for
    this reason. It may stand in a branch that is not taken. *)

val unit_device : ?packages:package list -> string -> string -> 'a typ -> 'a impl
(** [unit_device name module_name typ] has no state. *)

val package : ?sublibs:string list -> string -> package

val key_call : 'a Functoria_key.key -> string
(** The expression of the key's value at boot, as [(Key_gen.ipv4 ())]. *)

val is_configured : Info.t -> 'a Functoria_key.key -> bool
(** Whether the key's value was given when configuring, and is not the default. *)

val interface_of : Info.t -> 'a impl -> key option
(** The key whose value is the name of the network device that this stands on, if it stands on
    one of the platform's. *)

val printed : Info.t -> key -> string
(** A key's value, as it would be typed. *)

val device_name : string -> string
(** By which a device of the image is wired: of a file's path, its name without the suffix, and
    of that the letters and digits, as in a Solo5 manifest. *)

val folder : string -> string -> (unit, Rresult.R.msg) result
(** [folder who name] is an error where there is no folder [name] in the application's. *)

val lines : string list -> string
(** Text of several lines, each under the first. *)

val arity : string -> string list -> 'a
(** For a device that was given other arguments than its type says. *)
