open Lwt.Infix

module Make
    (D : Mirage_protocols.DHCP_CLIENT)
    (R : Mirage_random.S)
    (C : Mirage_clock.MCLOCK)
    (E : Mirage_protocols.ETHERNET)
    (A : Mirage_protocols.ARP) =
struct
  include Leased_ipv4.Make (R) (C) (E) (A)

  let rec pass_on (configs : D.t) tell =
    Lwt_stream.get configs >>= function
    | Some config ->
        tell (Leased_ipv4.Leased { config; routes = []; over_at = None });
        pass_on configs tell
    | None -> Lwt.return (tell Nobody)

  (* Our own client says more than the stream has room for. *)
  let connect configs ethernet =
    let source ~tell =
      let follow news = tell (Leased_ipv4.news_of_dhcp news) in
      let followed = Dhcp_inlet.follow (E.mac ethernet) ~now:C.elapsed_ns follow in
      Lwt.async (fun () -> pass_on configs (if followed then ignore else tell));
      Lwt.return_unit
    in
    connect source ethernet
end
