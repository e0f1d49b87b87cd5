(** Devices (MirageOS 3.9, mirage-device 2.0). *)

type error = [ `Unimplemented  (** the device lacks this operation *)
             | `Disconnected  (** the device was disconnected before *) ]

val pp_error : error Fmt.t

module type S = sig
  type t

  val disconnect : t -> unit Lwt.t
  (** Gives the device back. Never fails; it may take time. *)
end
