module V4 = Ipaddr.V4

type t = {
  name : string -> string;
  address : V4.Prefix.t Boot_keys.key;
  gateway : V4.t option Boot_keys.key;
  dhcp : bool Boot_keys.key;
}

let default_address = V4.Prefix.of_string_exn "10.0.2.15/24"
let default_gateway = V4.of_string_exn "10.0.2.2"
let or_sentence sentence result = Result.map_error (fun (`Msg _) -> sentence) result

let read_address text =
  or_sentence "It is an address with the length of its network, as in 10.0.2.15/24."
    (V4.Prefix.of_string text)

let read_gateway text =
  or_sentence "It is an address, as in 10.0.2.2." (Result.map Option.some (V4.of_string text))

let dhcp t = Boot_keys.get t.dhcp
let is_static t = Boot_keys.(is_given t.address || is_given t.gateway)
let gateway t = if is_static t then Boot_keys.get t.gateway else Some default_gateway

let static t =
  let prefix = Boot_keys.get t.address in
  {
    Mirage_protocols.address = V4.Prefix.address prefix;
    network = V4.Prefix.prefix prefix;
    gateway = gateway t;
  }

(* Half a configuration would be ignored without a word. *)
let check t () =
  let { Mirage_protocols.network; gateway; _ } = static t in
  match gateway with
  | _ when dhcp t && is_static t ->
      Error (Printf.sprintf "--%s and --%s exclude each other." (t.name "dhcp") (t.name "ipv4"))
  | Some address when not (V4.Prefix.mem address network) ->
      Error
        (Printf.sprintf "--%s=%s is refused. It is outside the network %s of --%s."
           (t.name "ipv4-gateway") (V4.to_string address) (V4.Prefix.to_string network)
           (t.name "ipv4"))
  | Some _ | None -> Ok ()

let declare ?group network =
  let name = Boot_keys.in_group group in
  let address =
    Boot_keys.key (name "ipv4") read_address ~docv:"ADDRESS/LENGTH" ~default:default_address
      ~doc:(Printf.sprintf "IPv4 address on %s; 10.0.2.15/24 if not given." network)
  and gateway =
    Boot_keys.key (name "ipv4-gateway") read_gateway ~docv:"ADDRESS" ~default:None
      ~doc:
        (Printf.sprintf "Router on %s; 10.0.2.2 if neither it nor the address is given."
           network)
  and dhcp =
    Boot_keys.flag (name "dhcp")
      ~doc:(Printf.sprintf "Ask a DHCP server on %s for the address." network)
  in
  let t = { name; address; gateway; dhcp } in
  Boot_keys.check (check t);
  t
