open Lwt.Infix

module Make (B : Mirage_block.S) = struct
  type t = B.t
  type error = [ Mirage_block.error | `Unsafe of string | `Block of B.error ]
  type write_error = [ Mirage_block.write_error | `Unsafe of string | `Block of B.write_error ]

  let pp_error ppf = function
    | #Mirage_block.error as e -> Mirage_block.pp_error ppf e
    | `Unsafe why -> Format.pp_print_string ppf why
    | `Block e -> B.pp_error ppf e

  let pp_write_error ppf = function
    | #Mirage_block.write_error as e -> Mirage_block.pp_write_error ppf e
    | `Unsafe why -> Format.pp_print_string ppf why
    | `Block e -> B.pp_write_error ppf e

  let disconnect = B.disconnect
  let get_info = B.get_info
  let unsafe_read = B.read
  let unsafe_write = B.write

  let unsafe info sector buffers =
    Option.map
      (fun problem -> `Unsafe (Mirage_block_request.message problem))
      (Mirage_block_request.problem info sector buffers)

  let read t sector buffers =
    B.get_info t >>= fun info ->
    match unsafe info sector buffers with
    | Some problem -> Lwt.return_error problem
    | None -> (
        B.read t sector buffers >|= function
        | Ok () -> Ok ()
        | Error ((`Unimplemented | `Disconnected) as e) -> Error e
        | Error e -> Error (`Block e))

  let write t sector buffers =
    B.get_info t >>= fun info ->
    match unsafe info sector buffers with
    | Some problem -> Lwt.return_error problem
    | None when not info.read_write -> Lwt.return_error `Is_read_only
    | None -> (
        B.write t sector buffers >|= function
        | Ok () -> Ok ()
        | Error ((`Unimplemented | `Disconnected | `Is_read_only) as e) -> Error e
        | Error e -> Error (`Block e))
end
