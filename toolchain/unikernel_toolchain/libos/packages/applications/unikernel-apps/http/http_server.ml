(* Small and strict, beside cohttp (docs/decisions says why there are two): pages are kept
   as they are sent, and a connection costs its header buffer. *)

open Lwt.Infix

type handler = Http_site.handler

let not_found = Http_site.not_found

let keepalive =
  let second = 1_000_000_000L in
  let after = Int64.mul 60L second and interval = Int64.mul 15L second in
  { Mirage_protocols.Keepalive.after; interval; probes = 4 }

module Connection (Flow : Mirage_flow.S) = struct
  let peer flow =
    let receive () =
      Flow.read flow >|= function Ok (`Data data) -> Some data | Ok `Eof | Error _ -> None
    in
    let send buffers = Flow.writev flow buffers >|= Result.is_ok in
    { Http_connection.receive; send; close = (fun () -> Flow.close flow) }

  let server ?limits ?(handler = not_found) pages =
    let limits = match limits with Some limits -> limits | None -> Http_limits.default () in
    let guard = Http_guard.create limits and site = Http_site.create handler pages in
    fun flow -> Http_connection.serve guard site (peer flow)
end

module Make (S : Mirage_stack.V4) = struct
  module Connection = Connection (S.TCPV4)

  let serve ?(port = 80) ?limits ?handler stack pages =
    S.listen_tcpv4 ~keepalive stack ~port (Connection.server ?limits ?handler pages);
    S.listen stack
end

module Make_v6 (S : Mirage_stack.V6) = struct
  module Connection = Connection (S.TCP)

  let serve ?(port = 80) ?limits ?handler stack pages =
    S.listen_tcp ~keepalive stack ~port (Connection.server ?limits ?handler pages);
    S.listen stack
end

module Make_v4v6 (S : Mirage_stack.V4V6) = struct
  module Connection = Connection (S.TCP)

  let serve ?(port = 80) ?limits ?handler stack pages =
    S.listen_tcp ~keepalive stack ~port (Connection.server ?limits ?handler pages);
    S.listen stack
end
