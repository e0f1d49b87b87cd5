open Lwt.Infix

module With_tcp
    (Time : Mirage_time.S)
    (Clock : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4V6) =
struct
  module Eyeballs = Happy_eyeballs_mirage.Make (Time) (Clock) (S)

  let flow = Conduit_flow.create (module S.TCP)
  let fail format = Printf.ksprintf Lwt.fail_with format

  let to_address stack ((address, port) as peer) =
    S.TCP.create_connection (S.tcp stack) peer >>= function
    | Ok connected -> Lwt.return (flow connected)
    | Error error ->
        fail "no connection to %s, port %d: %s" (Ipaddr.to_string address) port
          (Fmt.str "%a" S.TCP.pp_error error)

  let to_host eyeballs (host : Conduit_host.t) port =
    Eyeballs.connect_resolved eyeballs host.addresses [ port ] >>= function
    | Ok (_, connected) -> Lwt.return (flow connected)
    | Error (`Msg why) -> fail "no connection to %s, port %d: %s" host.name port why

  (* An address that the resolver gave leads to all of its host's; any other to itself. *)
  let connect stack (_ : Conduit_mirage.t) =
    let eyeballs = Eyeballs.create stack in
    let connect ((address, port) as peer) =
      match Conduit_host.find address with
      | Some host -> to_host eyeballs host port
      | None -> to_address stack peer
    in
    let listen port callback =
      S.listen_tcp stack ~port (fun accepted -> callback (flow accepted))
    in
    Lwt.return (Conduit_mirage.of_tcp ~connect ~listen)
end
