open Lwt.Infix

let src = Logs.Src.create "leased-ipv4" ~doc:"IPv4 that is told its configuration"

module Log = (val Logs.src_log src : Logs.LOG)

let same_config (a : Mirage_protocols.ipv4_config) (b : Mirage_protocols.ipv4_config) =
  Ipaddr.V4.compare a.address b.address = 0
  && Ipaddr.V4.Prefix.compare a.network b.network = 0
  && Option.equal (fun a b -> Ipaddr.V4.compare a b = 0) a.gateway b.gateway

module Make
    (R : Mirage_random.S)
    (C : Mirage_clock.MCLOCK)
    (E : Mirage_protocols.ETHERNET)
    (A : Mirage_protocols.ARP) =
struct
  module Ip = Static_ipv4.Make (R) (C) (E) (A)

  type error = Ip.error

  let pp_error = Ip.pp_error

  type ipaddr = Ip.ipaddr

  let pp_ipaddr = Ip.pp_ipaddr

  type callback = Ip.callback

  type t = {
    ethernet : E.t;
    arp : A.t;
    mutable ip : Ip.t;
    mutable config : Mirage_protocols.ipv4_config;
  }

  (* With all their arguments: given one by one, each makes a closure. *)
  let write t ?fragment ?ttl ?src dst proto ?size fill buffers =
    Ip.write t.ip ?fragment ?ttl ?src dst proto ?size fill buffers

  let pseudoheader t ?src dst proto length = Ip.pseudoheader t.ip ?src dst proto length
  let src t ~dst = Ip.src t.ip ~dst
  let get_ip t = Ip.get_ip t.ip
  let mtu t = Ip.mtu t.ip

  let for_dhcp_client packet =
    match Udp_packet.Unmarshal.of_cstruct packet with
    | Ok (header, _) -> header.dst_port = Dhcp_enum.client_port
    | Error _ -> false

  let input t ~tcp ~udp ~default packet =
    let udp ~src ~dst packet =
      if for_dhcp_client packet then
        Lwt.return (Dhcp_inlet.deliver (E.mac t.ethernet) ~src ~dst packet)
      else udp ~src ~dst packet
    in
    Ip.input t.ip ~tcp ~udp ~default packet

  let configured ethernet arp { Mirage_protocols.address; network; gateway } =
    let cidr = Ipaddr.V4.Prefix.make (Ipaddr.V4.Prefix.bits network) address in
    Ip.connect ~cidr ?gateway ethernet arp

  let change t config =
    if same_config config t.config then Lwt.return_unit
    else (
      Log.warn (fun m -> m "the address is now %a" Ipaddr.V4.pp config.address);
      configured t.ethernet t.arp config >|= fun ip ->
      t.ip <- ip;
      t.config <- config)

  let first ethernet arp = function
    | None ->
        let station = Macaddr.to_string (E.mac ethernet) in
        Lwt.fail_with
          (Printf.sprintf "IPv4: no address for %s: no DHCP server answered" station)
    | Some config ->
        configured ethernet arp config >|= fun ip -> { ethernet; arp; ip; config }

  (* Changes take effect one after the other. *)
  let connect source ethernet arp =
    let told, teller = Lwt.wait () in
    let t = told >>= first ethernet arp in
    let last = ref (Lwt.map ignore t) in
    let later config =
      let earlier = !last in
      last := (earlier >>= fun () -> t >>= fun t -> change t config);
      Lwt.async (fun () -> !last)
    in
    let tell config =
      if Lwt.is_sleeping told then Lwt.wakeup_later teller config
      else Option.iter later config
    in
    source ~tell >>= fun () -> t

  let disconnect t = Ip.disconnect t.ip
end
