(** The devices that a plain program can ask for: what stands behind each
    interface of MirageOS 3.9. *)

type value =
  | Unit  (** the device has no state: [start] receives [()] *)
  | Connected of string  (** what [start] receives once this expression resolves *)

type t = { implementation : string;  (** a module *) value : value }

val behind : string -> t option
(** [behind "Mirage_time.S"] is the device with this module type. *)

val interfaces : string list
(** All the module types that {!behind} knows. *)
