open Ipv6_wire

type prefix = {
  prefix : Ipaddr.V6.Prefix.t;
  on_link : bool;
  autonomous : bool;
  valid_s : int32;
  preferred_s : int32;
}

type router_advertisement = {
  hop_limit : int;
  router_lifetime_s : int;
  reachable_ms : int32;
  retrans_ms : int32;
  router_mac : Macaddr.t option;
  prefixes : prefix list;
}

type neighbour_advertisement = {
  router : bool;
  solicited : bool;
  override : bool;
  about : Ipaddr.V6.t;
  mac : Macaddr.t option;
}

type t =
  | Echo_request of int32 * Cstruct.t
  | Echo_reply of int32 * Cstruct.t
  | Router_solicitation of Macaddr.t option
  | Router_advertisement of router_advertisement
  | Neighbour_solicitation of { target : Ipaddr.V6.t; sender : Macaddr.t option }
  | Neighbour_advertisement of neighbour_advertisement
  | Other of int * int * int32 * Cstruct.t

let pp ppf = function
  | Echo_request (id, data) -> Format.fprintf ppf "echo request %08lx, %d bytes" id data.len
  | Echo_reply (id, data) -> Format.fprintf ppf "echo reply %08lx, %d bytes" id data.len
  | Router_solicitation _ -> Format.pp_print_string ppf "router solicitation"
  | Router_advertisement _ -> Format.pp_print_string ppf "router advertisement"
  | Neighbour_solicitation { target; _ } ->
      Format.fprintf ppf "neighbour solicitation for %a" Ipaddr.V6.pp target
  | Neighbour_advertisement { about; _ } ->
      Format.fprintf ppf "neighbour advertisement of %a" Ipaddr.V6.pp about
  | Other (ty, code, _, _) -> Format.fprintf ppf "type %d, code %d" ty code

let echo_request = 128
let echo_reply = 129
let router_solicitation = 133
let router_advertisement = 134
let neighbour_solicitation = 135
let neighbour_advertisement = 136
let flag b at bit = Cstruct.get_uint8 b at land bit <> 0

(* {2 Parsing} *)

type options = { source : Macaddr.t option; target : Macaddr.t option; infos : prefix list }

let no_options = { source = None; target = None; infos = [] }
let ( let* ) = Result.bind

let mac_of option =
  if Cstruct.length option < sizeof_llopt then None
  else Some (Macaddr.of_octets_exn (Cstruct.to_string ~off:2 ~len:6 option))

let prefix_of option =
  let bits = Cstruct.get_uint8 option 2 in
  if Cstruct.length option < sizeof_opt_prefix || bits > 128 then None
  else
    let whole = Ipaddr.V6.Prefix.make bits (address_at option 16) in
    Some
      {
        prefix = Ipaddr.V6.Prefix.prefix whole;
        on_link = flag option 3 0x80;
        autonomous = flag option 3 0x40;
        valid_s = Cstruct.BE.get_uint32 option 4;
        preferred_s = Cstruct.BE.get_uint32 option 8;
      }

let add_option options option =
  match Cstruct.get_uint8 option 0 with
  | 1 -> { options with source = mac_of option }
  | 2 -> { options with target = mac_of option }
  | 3 -> { options with infos = Option.to_list (prefix_of option) @ options.infos }
  | _ -> options

(* An option of length 0 would never end (RFC 4861, section 4.6). *)
let rec options_of options b =
  if Cstruct.is_empty b then Ok { options with infos = List.rev options.infos }
  else if Cstruct.length b < 8 then Error "option cut off"
  else
    let length = 8 * Cstruct.get_uint8 b 1 in
    if length = 0 || length > Cstruct.length b then Error "option of a wrong length"
    else
      let option = Cstruct.sub b 0 length in
      options_of (add_option options option) (Cstruct.shift b length)

let router_advertisement_of b { source; infos; _ } =
  Router_advertisement
    {
      hop_limit = get_ra_cur_hop_limit b;
      router_lifetime_s = get_ra_router_lifetime b;
      reachable_ms = get_ra_reachable_time b;
      retrans_ms = get_ra_retrans_timer b;
      router_mac = source;
      prefixes = infos;
    }

let neighbour_advertisement_of b { target; _ } =
  Neighbour_advertisement
    {
      router = flag b 4 0x80;
      solicited = flag b 4 0x40;
      override = flag b 4 0x20;
      about = get_ns_target b;
      mac = target;
    }

let unicast_target b =
  if Ipaddr.V6.is_multicast (get_ns_target b) then Error "a multicast target" else Ok ()

let discovery ~hop_limit b ty =
  let with_options size make =
    if Cstruct.length b < size then Error "cut off"
    else
      let* options = options_of no_options (Cstruct.shift b size) in
      make options
  in
  if hop_limit <> 255 then Error "neighbour discovery from elsewhere"
  else if get_icmpv6_code b <> 0 then Error "neighbour discovery with a code"
  else if ty = router_solicitation then
    with_options sizeof_rs (fun o -> Ok (Router_solicitation o.source))
  else if ty = router_advertisement then
    with_options sizeof_ra (fun o -> Ok (router_advertisement_of b o))
  else
    with_options sizeof_ns @@ fun options ->
    let* () = unicast_target b in
    if ty = neighbour_advertisement then Ok (neighbour_advertisement_of b options)
    else
      Ok (Neighbour_solicitation { target = get_ns_target b; sender = options.source })

let parse ~hop_limit b =
  if Cstruct.length b < sizeof_icmpv6 then Error "shorter than an ICMPv6 header"
  else
    let ty = get_icmpv6_ty b and rest = get_icmpv6_reserved b in
    let data = Cstruct.shift b sizeof_icmpv6 in
    if ty = echo_request then Ok (Echo_request (rest, data))
    else if ty = echo_reply then Ok (Echo_reply (rest, data))
    else if ty >= router_solicitation && ty <= neighbour_advertisement then
      discovery ~hop_limit b ty
    else Ok (Other (ty, get_icmpv6_code b, rest, data))

let checksum_ok ~src ~dst b =
  let proto = protocol_to_int `ICMP in
  let pseudoheader =
    Ipv6_packet.Marshal.pseudoheader ~src ~dst ~proto (Cstruct.length b)
  in
  Tcpip_checksum.sum_list 0 [ pseudoheader; b ] = 0xffff

(* {2 Marshalling} *)

let message ty size =
  let b = Cstruct.create size in
  set_icmpv6_ty b ty;
  b

let with_rest ty code rest data =
  let b = message ty sizeof_icmpv6 in
  set_icmpv6_code b code;
  set_icmpv6_reserved b rest;
  [ b; data ]

let mac_option kind = function
  | None -> Cstruct.empty
  | Some mac ->
      let b = Cstruct.create sizeof_llopt in
      Cstruct.set_uint8 b 0 kind;
      Cstruct.set_uint8 b 1 1;
      Cstruct.blit_from_string (Macaddr.to_octets mac) 0 b 2 6;
      b

let bit condition value = if condition then value else 0

let prefix_option p =
  let b = Cstruct.create sizeof_opt_prefix in
  Cstruct.set_uint8 b 0 3;
  Cstruct.set_uint8 b 1 4;
  Cstruct.set_uint8 b 2 (Ipaddr.V6.Prefix.bits p.prefix);
  Cstruct.set_uint8 b 3 (bit p.on_link 0x80 lor bit p.autonomous 0x40);
  Cstruct.BE.set_uint32 b 4 p.valid_s;
  Cstruct.BE.set_uint32 b 8 p.preferred_s;
  set_address_at b 16 (Ipaddr.V6.Prefix.network p.prefix);
  b

let advertised_router a =
  let b = message router_advertisement sizeof_ra in
  set_ra_cur_hop_limit b a.hop_limit;
  set_ra_router_lifetime b a.router_lifetime_s;
  set_ra_reachable_time b a.reachable_ms;
  set_ra_retrans_timer b a.retrans_ms;
  b :: mac_option 1 a.router_mac :: List.map prefix_option a.prefixes

let advertised_neighbour a =
  let b = message neighbour_advertisement sizeof_ns in
  let flags = bit a.router 0x80 lor bit a.solicited 0x40 lor bit a.override 0x20 in
  Cstruct.set_uint8 b 4 flags;
  set_ns_target b a.about;
  [ b; mac_option 2 a.mac ]

let solicited_neighbour target sender =
  let b = message neighbour_solicitation sizeof_ns in
  set_ns_target b target;
  [ b; mac_option 1 sender ]

let parts = function
  | Echo_request (rest, data) -> with_rest echo_request 0 rest data
  | Echo_reply (rest, data) -> with_rest echo_reply 0 rest data
  | Other (ty, code, rest, data) -> with_rest ty code rest data
  | Router_solicitation mac -> [ message router_solicitation sizeof_rs; mac_option 1 mac ]
  | Router_advertisement a -> advertised_router a
  | Neighbour_advertisement a -> advertised_neighbour a
  | Neighbour_solicitation { target; sender } -> solicited_neighbour target sender

let marshal ~src ~dst t =
  let parts = parts t in
  let proto = protocol_to_int `ICMP in
  let length = Cstruct.lenv parts in
  let pseudoheader = Ipv6_packet.Marshal.pseudoheader ~src ~dst ~proto length in
  let checksum = Tcpip_checksum.ones_complement_list (pseudoheader :: parts) in
  set_icmpv6_csum (List.hd parts) checksum;
  parts

(* Through the wire: addresses do not matter, and data is compared as bytes. *)
let equal a b =
  let bytes t = Cstruct.concat (parts t) in
  Cstruct.equal (bytes a) (bytes b)
