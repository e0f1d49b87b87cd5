(* packages: tcpip.ipv6 virtual-network ndp-simulation *)

(* Offsets of IPv6 under MirageOS 3.9's names. *)

open Case
open Ndp_host
open Ndp_fixture

let equal_int = equal string_of_int

let dumps () =
  let dumped dump =
    let buffer = Buffer.create 100 in
    dump buffer (Cstruct.create 100);
    List.length (List.filter (fun word -> word = "00") (String.split_on_char ' ' (String.concat " " (String.split_on_char '\n' (Buffer.contents buffer)))))
  in
  let open Ipv6_wire in
  equal_int "ipv6" 40 (dumped hexdump_ipv6_to_buffer);
  equal_int "ns" 24 (dumped hexdump_ns_to_buffer);
  equal_int "ra" 16 (dumped hexdump_ra_to_buffer);
  equal_int "opt_prefix" 32 (dumped hexdump_opt_prefix_to_buffer)

let accessors () =
  let open Ipv6_wire in
  let octets = Ipaddr.V6.to_octets static in
  let packet = na ~about:peer ~router:true ~override:false ~mac:(mac 9) () in
  equal Fun.id "copy_ipv6_dst" octets (copy_ipv6_dst packet);
  equal_bytes "get_ipv6_dst" (Cstruct.of_string octets) (get_ipv6_dst packet);
  set_ipv6_src octets 0 packet;
  equal_ip "set_ipv6_src" static (Ipv6_layout.source packet);
  equal_int "hop limit" 255 (get_ipv6_hlim packet);
  let b = Cstruct.shift packet sizeof_ipv6 in
  equal_int "type" 136 (get_na_ty b);
  check "flags" (get_na_router b && get_na_solicited b && not (get_na_override b));
  equal Fun.id "copy_na_target" (Ipaddr.V6.to_octets peer) (copy_na_target b);
  set_ns_target octets 0 b;
  equal_bytes "get_ns_target" (Cstruct.of_string octets) (get_ns_target b);
  let option = Cstruct.shift b sizeof_na in
  check "llopt" (get_llopt_ty option = 2 && get_llopt_len option = 1);
  equal Fun.id "copy_llopt_addr" (Macaddr.to_octets (mac 9)) (copy_llopt_addr option);
  let ping = hex "8000 1234 0007 0008" in
  check "pingv6" (get_pingv6_id ping = 7 && get_pingv6_seq ping = 8 && get_pingv6_csum ping = 0x1234);
  let information = hex "0304 40 c0 00000001 00000002 00000000 20010db8000000000000000000000000" in
  check "opt_prefix"
    (get_opt_prefix_on_link information
     && get_opt_prefix_autonomous information
     && get_opt_prefix_prefix_len information = 64
     && get_opt_prefix_valid_lifetime information = 1l
     && get_opt_prefix_preferred_lifetime information = 2l
     && String.sub (copy_opt_prefix_prefix information) 0 4 = "\x20\x01\x0d\xb8");
  let ra = hex "8600 0000 40 00 0708 00000001 00000002" in
  check "ra"
    (get_ra_cur_hop_limit ra = 64
     && get_ra_router_lifetime ra = 1800
     && get_ra_reachable_time ra = 1l
     && get_ra_retrans_timer ra = 2l)

let () =
  case "Ipv6_wire" accessors;
  case "its dumps" dumps
