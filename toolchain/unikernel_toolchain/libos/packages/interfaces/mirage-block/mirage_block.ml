type error = Mirage_device.error

let pp_error = Mirage_device.pp_error

type write_error = [ error | `Is_read_only ]

let pp_write_error ppf = function
  | #error as e -> pp_error ppf e
  | `Is_read_only -> Format.pp_print_string ppf "the block device is read-only"

type info = { read_write : bool; sector_size : int; size_sectors : int64 }

module type S = sig
  type error = private [> Mirage_device.error ]

  val pp_error : error Fmt.t

  type write_error = private [> Mirage_device.error | `Is_read_only ]

  val pp_write_error : write_error Fmt.t

  include Mirage_device.S

  val get_info : t -> info Lwt.t
  val read : t -> int64 -> Cstruct.t list -> (unit, error) result Lwt.t
  val write : t -> int64 -> Cstruct.t list -> (unit, write_error) result Lwt.t
end
