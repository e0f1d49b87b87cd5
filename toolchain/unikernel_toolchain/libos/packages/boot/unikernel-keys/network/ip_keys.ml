module V6 = Ipaddr.V6

type t = {
  v4 : Ipv4_keys.t;
  ipv4_only : bool Boot_keys.key;
  ipv6_only : bool Boot_keys.key;
  address : V6.Prefix.t option Boot_keys.key;
  gateway : V6.t option Boot_keys.key;
  advertisements : bool Boot_keys.key;
}

let read_address text =
  Result.map Option.some (Address_values.v6_in_network ~example:"fd00::2/64" text)

let read_gateway text = Result.map Option.some (Address_values.v6 ~example:"fd00::1" text)

let read_boolean text =
  Option.to_result ~none:"It is true or false." (bool_of_string_opt text)

(* Half a configuration would be ignored without a word. *)
let check t name () =
  let open Boot_keys in
  let exclude a b = Error (Printf.sprintf "--%s and --%s exclude each other." (name a) (name b)) in
  let v6_is_given = is_given t.address || is_given t.gateway in
  if get t.ipv4_only && get t.ipv6_only then exclude "ipv4-only" "ipv6-only"
  else if get t.ipv4_only && v6_is_given then exclude "ipv4-only" "ipv6"
  else if get t.ipv6_only && Ipv4_keys.dhcp t.v4 then exclude "ipv6-only" "dhcp"
  else if get t.ipv6_only && Ipv4_keys.is_given t.v4 then exclude "ipv6-only" "ipv4"
  else Ok ()

let declare ?group network =
  let name = Boot_keys.in_group group in
  let only family =
    let doc = Printf.sprintf "Use no other than %s on %s." family network in
    Boot_keys.switch (name (String.lowercase_ascii family ^ "-only")) ~doc
  in
  let ipv4_only = only "IPv4" and ipv6_only = only "IPv6" in
  let t =
    {
      v4 = Ipv4_keys.declare_if ~is_needed:(fun () -> Boot_keys.get ipv4_only) ?group network;
      ipv4_only;
      ipv6_only;
      address =
        Boot_keys.key (name "ipv6") read_address ~docv:"ADDRESS/LENGTH" ~default:None
          ~doc:
            (Printf.sprintf
               "IPv6 address on %s and the length of its network, besides what its routers \
                announce."
               network);
      gateway =
        Boot_keys.key (name "ipv6-gateway") read_gateway ~docv:"ADDRESS" ~default:None
          ~doc:(Printf.sprintf "IPv6 router on %s, besides those that announce themselves." network);
      advertisements =
        Boot_keys.key
          (name "accept-router-advertisements")
          read_boolean ~docv:"BOOLEAN" ~default:true
          ~doc:(Printf.sprintf "Whether the routers on %s are listened to; true if not given." network);
    }
  in
  Boot_keys.check (check t name);
  t

(* No address is no error here: IPv6 may be enough. *)
let v4 t =
  if Boot_keys.get t.ipv6_only || not (Ipv4_keys.has_address t.v4) then None else Some t.v4

let is_v4_needed t = Boot_keys.get t.ipv4_only
let has_v6 t = not (Boot_keys.get t.ipv4_only)
let address t = Boot_keys.get t.address
let gateway t = Boot_keys.get t.gateway
let accept_router_advertisements t = Boot_keys.get t.advertisements
