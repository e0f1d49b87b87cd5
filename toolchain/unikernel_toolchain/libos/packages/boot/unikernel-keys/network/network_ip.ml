open Lwt.Infix

let src = Logs.Src.create "network-ip" ~doc:"IPv4 and IPv6 of a network"

module Log = (val Logs.src_log src : Logs.LOG)

module Make
    (Random : Mirage_random.S)
    (Time : Mirage_time.S)
    (Network : Mirage_net.S)
    (Clock : Mirage_clock.MCLOCK)
    (Ethernet : Mirage_protocols.ETHERNET)
    (Arp : Mirage_protocols.ARP) =
struct
  module V4 = Network_ipv4.Make (Random) (Time) (Network) (Clock) (Ethernet) (Arp)
  module V6 = Ipv6.Make (Ethernet) (Random) (Time) (Clock)
  include Ip_v4v6.Make (V4) (V6)

  (* What DHCP usually takes is waited for: who starts then has the address. *)
  let dhcp_wait_ns = 5_000_000_000L

  (* A network without a DHCP server may have IPv6 all the same. *)
  let connect_without_lease v4 network ethernet arp =
    V4.connect_at_once v4 network ethernet arp >>= fun (ip, configured) ->
    Lwt.pick [ Lwt.protected configured; Time.sleep_ns dhcp_wait_ns ] >|= fun () ->
    if V4.get_ip ip = [] then
      Log.warn (fun m -> m "no DHCP server has given an address yet; going on without IPv4");
    ip

  let connect_v4 keys network ethernet arp =
    match Ip_keys.v4 keys with
    | None -> Lwt.return_none
    | Some v4 when Ip_keys.is_v4_needed keys || not (Ipv4_keys.dhcp v4) ->
        V4.connect v4 network ethernet arp >|= Option.some
    | Some v4 -> connect_without_lease v4 network ethernet arp >|= Option.some

  let connect_v6 keys ethernet =
    if not (Ip_keys.has_v6 keys) then Lwt.return_none
    else
      let address = Option.to_list (Ip_keys.address keys) in
      let ip = List.map Ipaddr.V6.Prefix.address address in
      let netmask = List.map Ipaddr.V6.Prefix.prefix address in
      let gateways = Option.to_list (Ip_keys.gateway keys) in
      let handle_ra = Ip_keys.accept_router_advertisements keys in
      V6.connect ~handle_ra ~ip ~netmask ~gateways ethernet >|= Option.some

  let connect keys network ethernet arp =
    connect_v4 keys network ethernet arp >>= fun v4 ->
    connect_v6 keys ethernet >|= fun v6 -> of_families v4 v6
end
