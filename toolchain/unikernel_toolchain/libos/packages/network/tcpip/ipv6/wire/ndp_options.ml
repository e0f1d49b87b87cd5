(* Type, length in units of 8 octets, contents (RFC 4861, section 4.6). Unknown options
   are passed over; one that is malformed is left out, except that a length of 0, or one
   that leaves the message, invalidates it all. *)

type prefix = {
  prefix : Ipaddr.V6.Prefix.t;
  on_link : bool;
  autonomous : bool;
  valid_s : int32;
  preferred_s : int32;
}

type route = {
  destination : Ipaddr.V6.Prefix.t;
  preference : int;
  lifetime_s : int32;
}

type t = {
  source : Macaddr.t option;
  target : Macaddr.t option;
  prefixes : prefix list;
  mtu : int option;
  routes : route list;
  name_servers : (Ipaddr.V6.t * int32) list;
  nonce : string option;
}

let none =
  {
    source = None;
    target = None;
    prefixes = [];
    mtu = None;
    routes = [];
    name_servers = [];
    nonce = None;
  }

let source_address = 1
let target_address = 2
let prefix_information = 3
let mtu = 5
let nonce = 14
let route_information = 24
let recursive_name_servers = 25
let address_bytes = 16

(* {2 Parsing} *)

let preference_of octet =
  match (octet lsr 3) land 3 with 0 -> Some 0 | 1 -> Some 1 | 3 -> Some (-1) | _ -> None

let is_group mac = Char.code (Macaddr.to_octets mac).[0] land 1 = 1

let mac_of option =
  let mac = Macaddr.of_octets_exn (Cstruct.to_string ~off:2 ~len:6 option) in
  if is_group mac then None else Some mac

(* The prefix of so many bits that begins at [at], zeros where the option
   ends. *)
let network option ~at ~bits =
  let there = min address_bytes (Cstruct.length option - at) in
  if bits > 8 * there then None
  else
    let octets = Cstruct.to_string ~off:at ~len:there option in
    let address = octets ^ String.make (address_bytes - there) '\000' in
    Some Ipaddr.V6.(Prefix.prefix (Prefix.make bits (of_octets_exn address)))

let prefix_of option =
  let prefix_at = 16 in
  let flag bit = Cstruct.get_uint8 option 3 land bit <> 0 in
  if Cstruct.length option < Ipv6_layout.sizeof_opt_prefix then None
  else
    network option ~at:prefix_at ~bits:(Cstruct.get_uint8 option 2)
    |> Option.map (fun prefix ->
        {
          prefix;
          on_link = flag 0x80;
          autonomous = flag 0x40;
          valid_s = Cstruct.BE.get_uint32 option 4;
          preferred_s = Cstruct.BE.get_uint32 option 8;
        })

let route_of option =
  let lifetime_s = Cstruct.BE.get_uint32 option 4 in
  match
    ( network option ~at:8 ~bits:(Cstruct.get_uint8 option 2),
      preference_of (Cstruct.get_uint8 option 3) )
  with
  | Some destination, Some preference -> Some { destination; preference; lifetime_s }
  | _ -> None

let name_servers_of option =
  let lifetime = Cstruct.BE.get_uint32 option 4 in
  let server i = (Ipv6_layout.address_at option (8 + (i * address_bytes)), lifetime) in
  List.init ((Cstruct.length option - 8) / address_bytes) server
  |> List.filter (fun (ip, _) ->
      not (Ipaddr.V6.is_multicast ip || Ipaddr.V6.compare ip Ipaddr.V6.unspecified = 0))

let mtu_of option =
  let bytes = Cstruct.BE.get_uint32 option 4 in
  if Int32.unsigned_compare bytes 0xffffl > 0 then None else Some (Int32.to_int bytes)

let add t option =
  let kind = Cstruct.get_uint8 option 0 in
  if kind = source_address then { t with source = mac_of option }
  else if kind = target_address then { t with target = mac_of option }
  else if kind = prefix_information then
    { t with prefixes = Option.to_list (prefix_of option) @ t.prefixes }
  else if kind = mtu then { t with mtu = mtu_of option }
  else if kind = nonce then
    { t with nonce = Some (Cstruct.to_string (Cstruct.shift option 2)) }
  else if kind = route_information then
    { t with routes = Option.to_list (route_of option) @ t.routes }
  else if kind = recursive_name_servers then
    { t with name_servers = List.rev_append (name_servers_of option) t.name_servers }
  else t

let in_order t =
  {
    t with
    prefixes = List.rev t.prefixes;
    routes = List.rev t.routes;
    name_servers = List.rev t.name_servers;
  }

(* An option of length 0 would never end. *)
let rec from t b =
  if Cstruct.is_empty b then Ok (in_order t)
  else if Cstruct.length b < 8 then Error "option cut off"
  else
    let length = 8 * Cstruct.get_uint8 b 1 in
    if length = 0 || length > Cstruct.length b then Error "option of a wrong length"
    else from (add t (Cstruct.sub b 0 length)) (Cstruct.shift b length)

let parse b = from none b

(* {2 Marshalling} *)

let preference_bits preference = (preference land 3) lsl 3

let option kind bytes =
  let b = Cstruct.create bytes in
  Cstruct.set_uint8 b 0 kind;
  Cstruct.set_uint8 b 1 (bytes / 8);
  b

let with_octets kind octets =
  let b = option kind ((String.length octets + 9) / 8 * 8) in
  Cstruct.blit_from_string octets 0 b 2 (String.length octets);
  b

let mac_option kind mac = with_octets kind (Macaddr.to_octets mac)
let bit condition value = if condition then value else 0

let prefix_option p =
  let b = option prefix_information Ipv6_layout.sizeof_opt_prefix in
  Cstruct.set_uint8 b 2 (Ipaddr.V6.Prefix.bits p.prefix);
  Cstruct.set_uint8 b 3 (bit p.on_link 0x80 lor bit p.autonomous 0x40);
  Cstruct.BE.set_uint32 b 4 p.valid_s;
  Cstruct.BE.set_uint32 b 8 p.preferred_s;
  Ipv6_layout.set_address_at b 16 (Ipaddr.V6.Prefix.network p.prefix);
  b

let mtu_option bytes =
  let b = option mtu 8 in
  Cstruct.BE.set_uint32 b 4 (Int32.of_int bytes);
  b

let with_address kind lifetime_s ip =
  let b = option kind 24 in
  Cstruct.BE.set_uint32 b 4 lifetime_s;
  Ipv6_layout.set_address_at b 8 ip;
  b

let route_option r =
  let network = Ipaddr.V6.Prefix.network r.destination in
  let b = with_address route_information r.lifetime_s network in
  Cstruct.set_uint8 b 2 (Ipaddr.V6.Prefix.bits r.destination);
  Cstruct.set_uint8 b 3 (preference_bits r.preference);
  b

let name_server_option (ip, lifetime_s) = with_address recursive_name_servers lifetime_s ip

let marshal t =
  let maybe f value = Option.to_list (Option.map f value) in
  List.concat
    [
      maybe (mac_option source_address) t.source;
      maybe (mac_option target_address) t.target;
      maybe mtu_option t.mtu;
      maybe (with_octets nonce) t.nonce;
      List.map prefix_option t.prefixes;
      List.map route_option t.routes;
      List.map name_server_option t.name_servers;
    ]
