type error = [ `Unimplemented | `Disconnected ]

let pp_error ppf = function
  | `Unimplemented -> Format.pp_print_string ppf "operation not implemented by this device"
  | `Disconnected -> Format.pp_print_string ppf "the device is disconnected"

module type S = sig
  type t

  val disconnect : t -> unit Lwt.t
end
