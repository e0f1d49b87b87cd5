(* packages: virtual-network virtual-stacks *)

(* What a packet costs more in a stack of both families than in one of its own. *)

open Lwt.Infix
open Case
open Virtual_stacks
module Ip = Ip46

let address = address4

let packets = 1000

(* Words allocated for one call. *)
let words f =
  f ();
  let before = Gc.minor_words () in
  for _ = 1 to packets do
    f ()
  done;
  (Gc.minor_words () -. before) /. float packets

let of_ipv4 () =
  let header =
    { Ipv4_packet.src = address 2; dst = address 1; id = 0; off = 0; ttl = 64; proto = 6;
      options = Cstruct.empty }
  in
  let payload = Cstruct.create 100 in
  Cstruct.append (Ipv4_packet.Marshal.make_cstruct ~payload_len:100 header) payload

let of_ipv6 () =
  let header =
    { Ipv6_packet.src = address6 2; dst = address6 1; hop_limit = 64; next_header = 6 }
  in
  let payload = Cstruct.create 100 in
  Cstruct.append (Ipv6_packet.Marshal.make_cstruct ~payload_len:100 header) payload

let families segment =
  Net.connect segment (mac 1) >>= fun net ->
  Eth.connect net >>= fun eth ->
  Arp4.connect eth >>= fun arp ->
  Ip4.connect ~cidr:(Ipaddr.V4.Prefix.make 24 (address 1)) eth arp >>= fun ip4 ->
  let netmask = [ Ipaddr.V6.Prefix.of_string_exn "2001:db8::/64" ] in
  Ip6.connect ~ip:[ address6 1 ] ~netmask eth >>= fun ip6 ->
  Ip.connect ~ipv4_only:false ~ipv6_only:false ip4 ip6 >|= fun ip -> (ip4, ip6, ip)

let ignored ~src:_ ~dst:_ _ = Lwt.return_unit
let ignored_protocol ~proto:_ ~src:_ ~dst:_ _ = Lwt.return_unit

(* Two variants have four words. *)
let cost () =
  Virtual_time.run @@ fun () ->
  families (Net.segment ()) >>= fun (ip4, ip6, ip) ->
  Time.sleep_ns (Duration.of_sec 3) >|= fun () ->
  let within what most alone both =
    Printf.printf "        %s: %.1f words, alone %.1f\n" what both alone;
    check what (both -. alone <= most)
  in
  let four = of_ipv4 () and six = of_ipv6 () in
  let tcp = ignored and udp = ignored and default = ignored_protocol in
  within "IPv4 received" 5.
    (words (fun () -> ignore (Ip4.input ip4 ~tcp ~udp ~default four)))
    (words (fun () -> ignore (Ip.input ip ~tcp:ignored ~udp:ignored ~default:ignored_protocol four)));
  within "IPv6 received" 5.
    (words (fun () -> ignore (Ip6.input ip6 ~tcp ~udp ~default six)))
    (words (fun () -> ignore (Ip.input ip ~tcp:ignored ~udp:ignored ~default:ignored_protocol six)));
  within "own addresses" 1.
    (words (fun () -> ignore (Ip4.get_ip ip4 : Ipaddr.V4.t list)) +. words (fun () -> ignore (Ip6.get_ip ip6 : Ipaddr.V6.t list)))
    (words (fun () -> ignore (Ip.get_ip ip : Ipaddr.t list)))

let () = case "a packet costs a variant for either address" cost
