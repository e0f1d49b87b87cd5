type error = [ `Unimplemented | `Disconnected ]

let pp_error ppf = function
  | `Unimplemented -> Fmt.string ppf "operation not implemented by this device"
  | `Disconnected -> Fmt.string ppf "the device is disconnected"

module type S = sig
  type t

  val disconnect : t -> unit Lwt.t
end
