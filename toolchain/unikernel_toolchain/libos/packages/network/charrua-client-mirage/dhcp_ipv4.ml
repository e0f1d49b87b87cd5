open Lwt.Infix

module Make
    (D : Mirage_protocols.DHCP_CLIENT)
    (R : Mirage_random.S)
    (C : Mirage_clock.MCLOCK)
    (E : Mirage_protocols.ETHERNET)
    (A : Mirage_protocols.ARP) =
struct
  include Leased_ipv4.Make (R) (C) (E) (A)

  let rec forward (configs : D.t) notify =
    Lwt_stream.get configs >>= function
    | Some config ->
        notify (Leased_ipv4.Leased { config; routes = []; expires_at = None });
        forward configs notify
    | None -> Lwt.return (notify No_server)

  (* Our own client has more to report than the stream has room for. *)
  let connect configs ethernet =
    let source ~notify =
      let on_event event = notify (Leased_ipv4.event_of_dhcp event) in
      let subscribed = Dhcp_client_registry.subscribe (E.mac ethernet) ~now:C.elapsed_ns on_event in
      Lwt.async (fun () -> forward configs (if subscribed then ignore else notify));
      Lwt.return_unit
    in
    connect source ethernet
end
