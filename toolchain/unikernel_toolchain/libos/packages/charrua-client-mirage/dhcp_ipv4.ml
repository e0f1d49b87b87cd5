open Lwt.Infix

let src = Logs.Src.create "dhcp-ipv4" ~doc:"IPv4 configured by DHCP"

module Log = (val Logs.src_log src : Logs.LOG)

let same_config (a : Mirage_protocols.ipv4_config) (b : Mirage_protocols.ipv4_config) =
  Ipaddr.V4.compare a.address b.address = 0
  && Ipaddr.V4.Prefix.compare a.network b.network = 0
  && Option.equal (fun a b -> Ipaddr.V4.compare a b = 0) a.gateway b.gateway

module Make
    (D : Mirage_protocols.DHCP_CLIENT)
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

  let write t = Ip.write t.ip
  let pseudoheader t = Ip.pseudoheader t.ip
  let src t = Ip.src t.ip
  let get_ip t = Ip.get_ip t.ip
  let mtu t = Ip.mtu t.ip

  let for_dhcp_client packet =
    match Udp_packet.Unmarshal.of_cstruct packet with
    | Ok (header, _) -> header.dst_port = Dhcp_wire.client_port
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

  let rec follow t configs =
    Lwt_stream.get configs >>= function
    | None -> Lwt.return_unit
    | Some config when same_config config t.config -> follow t configs
    | Some config ->
        Log.warn (fun m -> m "the address is now %a" Ipaddr.V4.pp config.address);
        configured t.ethernet t.arp config >>= fun ip ->
        t.ip <- ip;
        t.config <- config;
        follow t configs

  let connect (configs : D.t) ethernet arp =
    Lwt_stream.get configs >>= function
    | None ->
        Lwt.fail_with
          (Fmt.str "IPv4: no address for %a: no DHCP server answered" Macaddr.pp
             (E.mac ethernet))
    | Some config ->
        configured ethernet arp config >|= fun ip ->
        let t = { ethernet; arp; ip; config } in
        Lwt.async (fun () -> follow t configs);
        t

  let disconnect t = Ip.disconnect t.ip
end
