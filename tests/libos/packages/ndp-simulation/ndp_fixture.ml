open Ndp_host

let ip = Ipaddr.V6.of_string_exn
let mac n = Macaddr.of_octets_exn (Printf.sprintf "\x02\x00\x00\x00\x00%c" (Char.chr n))
let own_mac = Macaddr.of_string_exn "52:54:00:00:00:01"
let own_link_local = Ndp_packets.link_local own_mac
let static = ip "fd09::2"
let peer = ip "fd09::99"
let router = ip "fe80::1"
let all_nodes = ip "ff02::1"
let group = Ndp_packets.solicited_node
let same a b = Ipaddr.V6.compare a b = 0
let equal_ip = Case.equal Ipaddr.V6.to_string

let started ?(settle = true) () =
  let h = create own_mac in
  change h (fun ~now context ->
      let context = Ndpv6.add_prefix ~now context (Ipaddr.V6.Prefix.of_string_exn "fd09::/64") in
      Ndpv6.add_ip ~now context static);
  if settle then begin
    wait h (Duration.of_sec 5);
    ignore (sent h)
  end;
  h

let messages h = List.filter_map (fun s -> Option.map (fun m -> (s, m)) (message s)) (sent h)

let asked h =
  List.filter_map
    (function s, Icmpv6_packet.Neighbour_solicitation { target; sender; _ } -> Some (s, target, sender) | _ -> None)
    (messages h)

let advertised h =
  List.filter_map
    (function s, Icmpv6_packet.Neighbour_advertisement a -> Some (s, a) | _ -> None)
    (messages h)

let ns ?(hop_limit = 255) ?(src = peer) ?dst ?(target = static) ?nonce sender =
  let dst = Option.value dst ~default:target in
  packet ~hop_limit ~src ~dst (Neighbour_solicitation { target; sender; nonce })

let na ?(hop_limit = 255) ?(about = peer) ?(dst = static) ?(router = false) ?(solicited = true)
    ?(override = true) ?mac () =
  packet ~hop_limit ~src:about ~dst
    (Neighbour_advertisement { router; solicited; override; about; mac })

let known h =
  ignore (write h peer);
  ignore (receive h (na ~mac:(mac 9) ()));
  ignore (sent h)
