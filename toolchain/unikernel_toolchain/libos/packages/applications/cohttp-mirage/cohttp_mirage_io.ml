open Lwt.Infix

module Make (Channel : Cohttp_mirage_channel.S) = struct
  type 'a t = 'a Lwt.t

  let ( >>= ) = Lwt.( >>= )
  let return = Lwt.return

  type error = Read of Channel.error | Write of Channel.write_error
  type ic = Channel.t
  type oc = Channel.t
  type conn = Channel.flow

  exception Failed of error

  let pp_error ppf = function
    | Read error -> Channel.pp_error ppf error
    | Write error -> Channel.pp_write_error ppf error

  let catch f =
    Lwt.try_bind f Lwt.return_ok (function
        | Failed error -> Lwt.return_error error
        | exn -> Lwt.fail exn)

  let input = function
    | Ok (`Data data) -> Lwt.return_some data
    | Ok `Eof -> Lwt.return_none
    | Error error -> Lwt.fail (Failed (Read error))

  let flush channel =
    Channel.flush channel >>= function
    | Ok () | Error `Closed -> Lwt.return_unit
    | Error error -> Lwt.fail (Failed (Write error))

  (* cohttp's client waits for an answer to what it has written and not flushed. *)
  let read_line channel =
    flush channel >>= fun () ->
    Channel.read_line channel >>= input >|= Option.map Cstruct.copyv

  let read channel length =
    flush channel >>= fun () ->
    Channel.read_some ~len:length channel >>= input
    >|= Option.fold ~none:"" ~some:(fun data -> Cstruct.to_string data)

  let write channel text =
    Channel.write_string channel text 0 (String.length text);
    Lwt.return_unit
end
