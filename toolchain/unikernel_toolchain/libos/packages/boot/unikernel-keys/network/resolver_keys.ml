type 'ip keys = { address : 'ip option Boot_keys.key; port : int Boot_keys.key }
type t = Ipaddr.V4.t keys

let default_port = 53

let read_port text =
  match int_of_string_opt text with
  | Some port when port > 0 && port <= 0xffff -> Ok port
  | Some _ | None -> Error "It is a port, from 1 to 65535."

(* For the clients that a program makes itself: they ask at port 53. *)
let set_name_server t to_ip network () =
  (match Boot_keys.get t.address with
   | Some ip when Boot_keys.get t.port = default_port ->
       Name_servers.set (Key network) [ (to_ip ip, None) ]
   | Some _ | None -> ());
  Ok ()

let declare_with (reader : _ Address_values.reader) to_ip ?group network =
  let read text = Result.map Option.some (reader ~example:"10.0.2.3" text) in
  let name = Boot_keys.in_group group in
  let doc =
    Printf.sprintf
      "DNS server asked over %s; if not given, those that the network tells of, and \
       91.239.100.100 where it tells of none."
      network
  in
  let address = Boot_keys.key (name "resolver") read ~docv:"ADDRESS" ~default:None ~doc in
  let port =
    Boot_keys.key (name "resolver-port") read_port ~docv:"PORT" ~default:default_port
      ~doc:"Its port; 53 if not given."
  in
  let t = { address; port } in
  Boot_keys.check (set_name_server t to_ip network);
  t

let declare ?group network =
  declare_with Address_values.v4 (fun ip -> Ipaddr.V4 ip) ?group network

let address t = Boot_keys.get t.address
let port t = Boot_keys.get t.port
