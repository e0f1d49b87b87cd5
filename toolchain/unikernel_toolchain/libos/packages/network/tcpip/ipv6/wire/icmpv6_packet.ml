open Ipv6_layout

type prefix = Ndp_options.prefix = {
  prefix : Ipaddr.V6.Prefix.t;
  on_link : bool;
  autonomous : bool;
  valid_s : int32;
  preferred_s : int32;
}

type router_advertisement = {
  hop_limit : int;
  preference : int;
  router_lifetime_s : int;
  reachable_ms : int32;
  retrans_ms : int32;
  options : Ndp_options.t;
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
  | Neighbour_solicitation of {
      target : Ipaddr.V6.t;
      sender : Macaddr.t option;
      nonce : string option;
    }
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

let ( let* ) = Result.bind

(* A reserved preference is the medium one (RFC 4191, section 2.2). *)
let router_advertisement_of b options =
  let preference = Ndp_options.preference_of (Cstruct.get_uint8 b 5) in
  Router_advertisement
    {
      hop_limit = get_ra_cur_hop_limit b;
      preference = Option.value preference ~default:0;
      router_lifetime_s = get_ra_router_lifetime b;
      reachable_ms = get_ra_reachable_time b;
      retrans_ms = get_ra_retrans_timer b;
      options;
    }

let neighbour_advertisement_of b (options : Ndp_options.t) =
  Neighbour_advertisement
    {
      router = flag b 4 0x80;
      solicited = flag b 4 0x40;
      override = flag b 4 0x20;
      about = target b;
      mac = options.target;
    }

let neighbour_solicitation_of b (options : Ndp_options.t) =
  Neighbour_solicitation
    { target = target b; sender = options.source; nonce = options.nonce }

let unicast_target b =
  if Ipaddr.V6.is_multicast (target b) then Error "a multicast target" else Ok ()

let discovery ~hop_limit b ty =
  let with_options size =
    if Cstruct.length b < size then Error "cut off"
    else Ndp_options.parse (Cstruct.shift b size)
  in
  if hop_limit <> 255 then Error "neighbour discovery from elsewhere"
  else if get_icmpv6_code b <> 0 then Error "neighbour discovery with a code"
  else if ty = router_solicitation then
    let* options = with_options sizeof_rs in
    Ok (Router_solicitation options.source)
  else if ty = router_advertisement then
    let* options = with_options sizeof_ra in
    Ok (router_advertisement_of b options)
  else
    let* options = with_options sizeof_ns in
    let* () = unicast_target b in
    if ty = neighbour_advertisement then Ok (neighbour_advertisement_of b options)
    else Ok (neighbour_solicitation_of b options)

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

let bit condition value = if condition then value else 0

let advertised_router a =
  let b = message router_advertisement sizeof_ra in
  set_ra_cur_hop_limit b a.hop_limit;
  Cstruct.set_uint8 b 5 (Ndp_options.preference_bits a.preference);
  set_ra_router_lifetime b a.router_lifetime_s;
  set_ra_reachable_time b a.reachable_ms;
  set_ra_retrans_timer b a.retrans_ms;
  b :: Ndp_options.marshal a.options

let advertised_neighbour a =
  let b = message neighbour_advertisement sizeof_ns in
  let flags = bit a.router 0x80 lor bit a.solicited 0x40 lor bit a.override 0x20 in
  Cstruct.set_uint8 b 4 flags;
  set_target b a.about;
  b :: Ndp_options.(marshal { none with target = a.mac })

let solicited_neighbour target source nonce =
  let b = message neighbour_solicitation sizeof_ns in
  set_target b target;
  b :: Ndp_options.(marshal { none with source; nonce })

let parts = function
  | Echo_request (rest, data) -> with_rest echo_request 0 rest data
  | Echo_reply (rest, data) -> with_rest echo_reply 0 rest data
  | Other (ty, code, rest, data) -> with_rest ty code rest data
  | Router_solicitation source ->
      message router_solicitation sizeof_rs :: Ndp_options.(marshal { none with source })
  | Router_advertisement a -> advertised_router a
  | Neighbour_advertisement a -> advertised_neighbour a
  | Neighbour_solicitation { target; sender; nonce } ->
      solicited_neighbour target sender nonce

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
