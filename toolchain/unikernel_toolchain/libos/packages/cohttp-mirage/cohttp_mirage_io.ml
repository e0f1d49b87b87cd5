open Lwt.Infix

module type CHANNEL = sig
  type error

  val pp_error : error Fmt.t

  type write_error = private [> Mirage_flow.write_error ]

  val pp_write_error : write_error Fmt.t

  type flow
  type t

  val read_some : ?len:int -> t -> (Cstruct.t Mirage_flow.or_eof, error) result Lwt.t
  val read_line : t -> (Cstruct.t list Mirage_flow.or_eof, error) result Lwt.t
  val write_string : t -> string -> int -> int -> unit
  val flush : t -> (unit, write_error) result Lwt.t
end

module Make (Channel : CHANNEL) = struct
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
