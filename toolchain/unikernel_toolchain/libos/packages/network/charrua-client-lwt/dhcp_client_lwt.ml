(* Whoever takes leases may look at any of their options. *)
let () = Dhcp_wire.understand_all ()

module Make (Random : Mirage_random.S) (Time : Mirage_time.S) (Net : Mirage_net.S) =
struct
  module Run = Dhcp_client_run.Make (Random) (Time) (Net)

  type lease = Dhcp_wire.pkt
  type t = lease Lwt_stream.t

  let connect ?renew ?xid ?requests net =
    let leases, push = Lwt_stream.create () in
    let notify = function
      | Dhcp_client_run.Leased (lease, _) -> push (Some lease)
      | Lost -> ()
      | No_server -> push None
    in
    Lwt.map (fun () -> leases) (Run.connect ?renew ?xid ?requests net ~notify)
end
