(* [listen] of a stack ends with the interface or with [disconnect], whichever comes
   first; several may wait for it, and cancelling one leaves the task to the others. *)

open Lwt.Infix

let src = Logs.Src.create "tcpip-stack-direct" ~doc:"TCP/IP stack"

module Log = (val Logs.src_log src : Logs.LOG)

let ethernet_header_bytes = 14

module Make (Netif : Mirage_net.S) = struct
  type t = { task : unit Lwt.t; stopped : unit Lwt.t; stop : unit Lwt.u }

  let start netif input =
    let stopped, stop = Lwt.wait () in
    let task =
      Netif.listen netif ~header_size:ethernet_header_bytes input >|= function
      | Ok () -> ()
      | Error e ->
          Log.err (fun m -> m "the network interface failed: %a" Netif.pp_error e)
    in
    { task; stopped; stop }

  let wait t = Lwt.choose [ Lwt.protected t.task; t.stopped ]

  let stop t =
    Lwt.cancel t.task;
    if Lwt.is_sleeping t.stopped then Lwt.wakeup_later t.stop ()
end
